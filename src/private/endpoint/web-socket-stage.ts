import { CfnResource } from 'aws-cdk-lib';
import { type WebSocketRoute, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct, type IConstruct } from 'constructs';
import { throttleOf } from './client-limits';
import { addHeartbeatRoute } from './heartbeat';
import { ReservingWebSocketApi } from './reserved-routes';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { WebSocketJwtAuthorizer } from '../../websocket-jwt-authorizer';
import { storageOf } from '../handlers/handlers';
import { clientsPublish } from '../handlers/publish-access';
import { ACTION, LAYER } from '../layer-contract';
import { createAccessLogs } from '../monitoring/access-logs';
import { suppressRoute, suppressStage } from '../monitoring/nag-suppressions';

type Action = (typeof ACTION)[keyof typeof ACTION];

const INTEGRATION_OF: Readonly<Record<Action, string>> = {
  [ACTION.publish]: 'PublishIntegration',
  [ACTION.history]: 'HistoryIntegration',
  [ACTION.subscribe]: 'SubscribeIntegration',
  [ACTION.unsubscribe]: 'UnsubscribeIntegration',
};

export function createWebSocketApi(scope: Construct, apiName: string): ReservingWebSocketApi {
  return new ReservingWebSocketApi(scope, 'Api', {
    apiName,
    description: 'Broadcasts every message to every connected client',
    routeSelectionExpression: '$request.body.action',
  });
}

/** The functions behind the routes. */
export interface RouteHandlers {
  readonly connectionHandler: IFunction;
  /** None where no client may send anything. */
  readonly messageHandler?: IFunction;
}

/** Creates the only stage, on which all routes are in place before it serves any. */
export function createStage(
  scope: Construct, webSocketApi: ReservingWebSocketApi, handlers: RouteHandlers, props: BroadcastWebSocketApiProps,
): WebSocketStage {
  const routes = addRoutes(webSocketApi, handlers, props);
  const logs = props.accessLogs && createAccessLogs(scope, props.accessLogs, storageOf(props));
  const stage = new WebSocketStage(scope, 'Stage', {
    webSocketApi,
    stageName: props.stageName ?? 'prod',
    autoDeploy: true,
    accessLogSettings: logs?.settings,
    throttle: throttleOf(props),
    domainMapping: props.domainMapping,
  });
  // What depends on the stage finds all routes in place, and none is served before it is whole.
  stage.node.addDependency(...routes);
  // Nor before API Gateway may ask our authorizer; the function of another may itself wait for the stage.
  if (props.authorizer instanceof WebSocketJwtAuthorizer) stage.node.addDependency(...webSocketApi.node.children.filter(isPermission));
  suppressStage(stage, logs !== undefined);
  for (const route of routes) if (route.routeKey !== '$connect' || !props.authorizer) suppressRoute(route);
  if (logs?.prerequisite) stage.node.addDependency(logs.prerequisite);
  return stage;
}

/** Where clients connect. */
export function urlOf(stage: WebSocketStage, { domainMapping }: BroadcastWebSocketApiProps): string {
  if (!domainMapping) return stage.url;
  const { domainName: { domainNameRef }, mappingKey } = domainMapping;
  return `wss://${domainNameRef.domainName}${mappingKey === undefined ? '' : `/${mappingKey}`}`;
}

function addRoutes(
  api: ReservingWebSocketApi, { connectionHandler, messageHandler }: RouteHandlers, props: BroadcastWebSocketApiProps,
): WebSocketRoute[] {
  // An integration that two routes share would give Lambda's permission to the first of them only.
  const integrate = (id: string, handler: IFunction) => ({ integration: new WebSocketLambdaIntegration(id, handler) });
  const routes = [
    api.addRoute('$connect', { ...integrate('ConnectIntegration', connectionHandler), authorizer: props.authorizer }),
    api.addRoute('$disconnect', integrate('DisconnectIntegration', connectionHandler)),
  ];
  // Without it, API Gateway refuses what clients send.
  if (messageHandler && clientsPublish(props)) routes.push(api.addRoute('$default', integrate('DefaultIntegration', messageHandler)));
  // Each action is answered by what the function returns.
  for (const action of messageHandler ? actionsOf(props) : []) {
    const options = { ...integrate(INTEGRATION_OF[action], messageHandler!), returnResponse: true };
    routes.push(api.reserveRoute(action, options, { prop: 'history', fix: 'rename yours' }));
  }
  if (props.heartbeat ?? true) routes.push(addHeartbeatRoute(api, props.history ? [LAYER.history] : []));
  return routes;
}

/** What clients may ask the layers for. */
function actionsOf(props: BroadcastWebSocketApiProps): Action[] {
  if (!props.history) return [];
  return clientsPublish(props) ? [ACTION.publish, ACTION.history] : [ACTION.history];
}

function isPermission(construct: IConstruct): boolean {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'AWS::Lambda::Permission';
}
