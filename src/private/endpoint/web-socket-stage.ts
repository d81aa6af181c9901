import { CfnResource } from 'aws-cdk-lib';
import { type WebSocketRoute, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct, type IConstruct } from 'constructs';
import { type Action, addActionRoute, checkActionsFree } from './action-routes';
import { throttleOf } from './client-limits';
import { addHeartbeatRoute } from './heartbeat';
import { ReservingWebSocketApi } from './reserved-routes';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { WebSocketJwtAuthorizer } from '../../websocket-jwt-authorizer';
import { layersOf } from '../channels/layers';
import { type HandlerInputs, storageOf } from '../handlers/handlers';
import { clientsBroadcast } from '../handlers/publish-access';
import { ACTION } from '../layer-contract';
import { createAccessLogs } from '../monitoring/access-logs';
import { suppressRoute, suppressStage } from '../monitoring/nag-suppressions';

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
export function createStage(scope: Construct, webSocketApi: ReservingWebSocketApi, handlers: RouteHandlers, inputs: HandlerInputs): WebSocketStage {
  const { props } = inputs;
  const routes = addRoutes(webSocketApi, handlers, inputs);
  const actionRoutes = addActionRoutes(webSocketApi, handlers, props);
  const logs = props.accessLogs && createAccessLogs(scope, props.accessLogs, storageOf(props));
  const stage = new WebSocketStage(scope, 'Stage', {
    webSocketApi,
    stageName: props.stageName ?? 'prod',
    autoDeploy: true,
    accessLogSettings: logs?.settings,
    throttle: throttleOf(props),
    domainMapping: props.domainMapping,
  });
  // So that all routes exist before anything that depends on the stage, and before the stage serves any of them.
  stage.node.addDependency(...routes, ...actionRoutes);
  // Nor before API Gateway may ask our authorizer; the function of another may itself wait for the stage.
  if (props.authorizer instanceof WebSocketJwtAuthorizer) stage.node.addDependency(...webSocketApi.node.children.filter(isPermission));
  suppressStage(stage, logs !== undefined);
  for (const route of routes) if (route.routeKey !== '$connect' || !props.authorizer) suppressRoute(route);
  if (logs?.prerequisite) stage.node.addDependency(logs.prerequisite);
  return stage;
}

/** Address that clients connect to. */
export function urlOf(stage: WebSocketStage, { domainMapping }: BroadcastWebSocketApiProps): string {
  if (!domainMapping) return stage.url;
  const { domainName: { domainNameRef }, mappingKey } = domainMapping;
  return `wss://${domainNameRef.domainName}${mappingKey === undefined ? '' : `/${mappingKey}`}`;
}

/** Throws if an API has a route already that channels would add. */
export function checkChannelRoutes(api: ReservingWebSocketApi, props: BroadcastWebSocketApiProps): void {
  checkActionsFree(api, channelActions(props), 'addChannels');
}

/** Adds the routes of what clients may ask channels for; like the others, they are in place before the stage serves any. */
export function addChannelRoutes(
  api: ReservingWebSocketApi, stage: WebSocketStage, messageHandler: IFunction, props: BroadcastWebSocketApiProps,
): void {
  for (const action of channelActions(props)) stage.node.addDependency(addActionRoute(api, action, messageHandler, 'addChannels'));
}

/** Throws if an API has a route already by which clients would ask who is there. */
export function checkPresenceRoute(api: ReservingWebSocketApi): void {
  checkActionsFree(api, [ACTION.presence], 'addChannels');
}

/** Adds the route by which clients ask who is there. */
export function addPresenceRoute(api: ReservingWebSocketApi, stage: WebSocketStage, messageHandler: IFunction): void {
  stage.node.addDependency(addActionRoute(api, ACTION.presence, messageHandler, 'addChannels'));
}

/** Actions of channels for which the props have not added a route. */
function channelActions(props: BroadcastWebSocketApiProps): Action[] {
  const added = actionsOf(props);
  return [ACTION.publish, ACTION.subscribe, ACTION.unsubscribe].filter((action) => !added.includes(action));
}

function addRoutes(api: ReservingWebSocketApi, { connectionHandler, messageHandler }: RouteHandlers, inputs: HandlerInputs): WebSocketRoute[] {
  const { props } = inputs;
  // An integration that two routes share would give Lambda's permission to the first of them only.
  const integrate = (id: string, handler: IFunction) => ({ integration: new WebSocketLambdaIntegration(id, handler) });
  const routes = [
    api.addRoute('$connect', { ...integrate('ConnectIntegration', connectionHandler), authorizer: props.authorizer }),
    api.addRoute('$disconnect', integrate('DisconnectIntegration', connectionHandler)),
  ];
  // Without it, API Gateway refuses what clients send.
  if (messageHandler && clientsBroadcast(props)) routes.push(api.addRoute('$default', integrate('DefaultIntegration', messageHandler)));
  if (props.heartbeat ?? true) routes.push(addHeartbeatRoute(api, () => layersOf(inputs)));
  return routes;
}

function addActionRoutes(api: ReservingWebSocketApi, { messageHandler }: RouteHandlers, props: BroadcastWebSocketApiProps): WebSocketRoute[] {
  if (!messageHandler) return [];
  return actionsOf(props).map((action) => addActionRoute(api, action, messageHandler, props.history ? 'history' : 'messageHook'));
}

/** Actions of the layers that props switch on. */
function actionsOf(props: BroadcastWebSocketApiProps): Action[] {
  const publishes = clientsBroadcast(props) && (props.history ?? props.messageHook) !== undefined;
  return [...(publishes ? [ACTION.publish] : []), ...(props.history ? [ACTION.history] : [])];
}

function isPermission(construct: IConstruct): boolean {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'AWS::Lambda::Permission';
}
