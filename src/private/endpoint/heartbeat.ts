import { CfnIntegrationResponse, type WebSocketIntegration, type WebSocketRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type ReservingWebSocketApi } from './reserved-routes';
import { HEARTBEAT } from '../contract';
import { late } from '../late';
import { LAYERS_VERSION } from '../layer-contract';

const INTEGRATION_ID = 'HeartbeatIntegration';

/* The only template there is; the backslash keeps API Gateway from reading the dollar sign as the start of a variable. */
const TEMPLATE_KEY = '$default';
const TEMPLATE_SELECTION = '\\$default';

/**
 * Adds a route that API Gateway answers by itself: no Lambda runs, nothing is broadcast. The answer names the layers, so that
 * clients ask for nothing that would be broadcast instead.
 *
 * @param layersOf names the layers that are on when the app is synthesised
 */
export function addHeartbeatRoute(api: ReservingWebSocketApi, layersOf: () => readonly string[]): WebSocketRoute {
  const route = api.reserveRoute(HEARTBEAT.action, {
    integration: new WebSocketMockIntegration(INTEGRATION_ID, {
      requestTemplates: { [TEMPLATE_KEY]: JSON.stringify({ statusCode: 200 }) },
      templateSelectionExpression: TEMPLATE_SELECTION,
    }),
    returnResponse: true,
  }, { prop: 'heartbeat', fix: 'rename yours, or set heartbeat: false' });
  // The L2 route has no integration response; the integration that it created is its child.
  const integration = route.node.findChild(INTEGRATION_ID) as WebSocketIntegration;
  new CfnIntegrationResponse(route, 'IntegrationResponse', {
    apiId: api.apiId,
    integrationId: integration.integrationId,
    integrationResponseKey: '$default',
    templateSelectionExpression: TEMPLATE_SELECTION,
    responseTemplates: { [TEMPLATE_KEY]: late(() => answerOf(layersOf())) },
  });
  return route;
}

/** Without layers it is what it was before there were any. */
function answerOf(layers: readonly string[]): string {
  return layers.length === 0 ? HEARTBEAT.answer : JSON.stringify({ ...JSON.parse(HEARTBEAT.answer), v: LAYERS_VERSION, layers });
}
