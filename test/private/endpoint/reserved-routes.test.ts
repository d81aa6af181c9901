import { Stack } from 'aws-cdk-lib';
import { CfnRoute, WebSocketRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type BroadcastWebSocketApiProps, ChannelAccess, MessageFormat } from '../../../src';
import { newApi, newStack, resourcesOf, templateOf } from '../../construct-fixture';

const HISTORY = { messageFormat: MessageFormat.ENVELOPE, history: {} };
const integration = () => ({ integration: new WebSocketMockIntegration('Mine') });

describe.each<[string, BroadcastWebSocketApiProps, string]>([
  ['publish', HISTORY, "'history' adds the route 'publish', which this API has already; rename yours"],
  ['history', HISTORY, "'history' adds the route 'history', which this API has already; rename yours"],
  ['ping', {}, "'heartbeat' adds the route 'ping', which this API has already; rename yours, or set heartbeat: false"],
])('a second route %s', (routeKey, props, message) => {
  test('is refused by addRoute', () => {
    expect(() => newApi(() => props).webSocketApi.addRoute(routeKey, integration())).toThrow(message);
  });

  test('is refused at synth when it is added in another way, in whichever stack', () => {
    const stack = newStack();
    const { webSocketApi } = newApi(() => props, stack);
    new WebSocketRoute(new Stack(stack.node.root as any, 'Other'), 'Mine', { webSocketApi, routeKey, ...integration() });
    expect(() => templateOf(stack)).toThrow(message);
    const l1 = newStack();
    new CfnRoute(l1, 'Mine', { apiId: newApi(() => props, l1).webSocketApi.apiId, routeKey });
    expect(() => templateOf(l1)).toThrow(message);
  });
});

test.each<[string, string, BroadcastWebSocketApiProps]>([
  ['of another name', 'mine', HISTORY],
  ['that only the history would add', 'publish', {}],
  ['that a history without publishers does not add', 'publish', { ...HISTORY, publishAccess: ChannelAccess.nobody() }],
  ['that only the heartbeat would add', 'ping', { heartbeat: false }],
])('a route %s is the user\'s', (_what, routeKey, props) => {
  const api = newApi(() => props);
  api.webSocketApi.addRoute(routeKey, integration());
  expect(resourcesOf(api, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) => Properties.RouteKey === routeKey)).toHaveLength(1);
});

test('two APIs have a route each', () => {
  const stack = newStack();
  newApi(() => HISTORY, stack);
  const other = newApi(() => HISTORY, new Stack(stack.node.root as any, 'Other'));
  expect(() => templateOf(other)).not.toThrow();
});
