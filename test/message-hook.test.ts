import { Stack } from 'aws-cdk-lib';
import { Alias, Code, Function as LambdaFunction, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CROSS_STACK, environmentOf, expectRefused, newApi, newStack, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import { type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat } from '../src';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const OPEN = { publishAccess: ChannelAccess.anyone() };

function lambda(stack: Stack, id = 'Hook'): LambdaFunction {
  return new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('…') });
}

function hooked(props: BroadcastWebSocketApiProps = {}, hookOf: (stack: Stack) => IFunction = lambda, stack = newStack()): BroadcastWebSocketApi {
  return newApi(() => ({ ...OPEN, messageHook: hookOf(stack), ...props }), stack);
}

const invoking = (handler: LambdaFunction) => statementsOf(handler).filter(({ Action }) => String(Action).startsWith('lambda:'));
const routesOf = (api: BroadcastWebSocketApi) => resourcesOf(api, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey).sort();

describe.each([['direct', FanOut.direct()], ['queued', FanOut.queued()]])('with FanOut.%s', (_name, fanOut) => {
  test('the message handler may invoke exactly that function, and no other function may', () => {
    const api = hooked({ fanOut });
    const others = [api.connectionHandler, api.deliveryHandler, api.disconnectHandler];
    const { functionArn } = Stack.of(api).node.findChild('Hook') as LambdaFunction;
    expect(invoking(api.messageHandler)).toEqual([{ Action: 'lambda:InvokeFunction', Resource: Stack.of(api).resolve(functionArn) }]);
    expect(environmentOf(api.messageHandler)).toMatchObject({ MESSAGE_HOOK_ARN: Stack.of(api).resolve(functionArn) });
    for (const handler of others) {
      expect(invoking(handler)).toEqual([]);
      expect(environmentOf(handler)).not.toHaveProperty('MESSAGE_HOOK_ARN');
    }
  });

  test('clients publish with an answer, and learn so from the heartbeat', () => {
    const api = hooked({ fanOut });
    expect(routesOf(api)).toEqual(['$connect', '$default', '$disconnect', 'ping', 'publish']);
    const [response] = resourcesOf(api, 'AWS::ApiGatewayV2::IntegrationResponse');
    expect(response.Properties.ResponseTemplates).toEqual({ $default: '{"action":"pong","v":1,"layers":["hook"]}' });
  });
});

describe('the connection handler may invoke it', () => {
  const invokes = (add: (api: BroadcastWebSocketApi) => void) => {
    const api = hooked();
    add(api);
    expect(environmentOf(api.connectionHandler).MESSAGE_HOOK_ARN !== undefined).toBe(invoking(api.connectionHandler).length > 0);
    return invoking(api.connectionHandler).length;
  };

  test('where it decides who subscribes, whichever rule says so', () => {
    expect(invokes((api) => api.addChannels('room:*', { subscribeAccess: ChannelAccess.hook() }))).toBe(1);
    expect(invokes((api) => {
      for (const pattern of ['a', 'b', 'c']) api.addChannels(pattern, pattern === 'a' ? {} : { subscribeAccess: ChannelAccess.hook() });
    })).toBe(1);
  });

  test('and in no other case', () => {
    expect(invokes(() => undefined)).toBe(0);
    expect(invokes((api) => api.addChannels('room:*', { publishAccess: ChannelAccess.hook() }))).toBe(0);
  });
});

test('where no client publishes to all, it is for channels, or has no effect', () => {
  const closed = { publishAccess: ChannelAccess.nobody() };
  const api = hooked(closed);
  expect(() => api.messageHandler).toThrow("'messageHandler' exists only where clients may send messages");
  api.addChannels('room:*');
  expect(invoking(api.messageHandler)).toHaveLength(1);
  const silent = hooked(closed);
  silent.addChannels('news', closed);
  expect(invoking(silent.messageHandler)).toEqual([]);
});

test.each<[string, BroadcastWebSocketApiProps]>([
  ['alone', {}], ['with a history', { history: {}, messageFormat: MessageFormat.ENVELOPE }],
])('where clients only subscribe, the message handler may ask it about that, once, whichever rule says so: %s', (_what, props) => {
  const closed = { publishAccess: ChannelAccess.nobody() };
  const asked = { ...closed, subscribeAccess: ChannelAccess.hook() };
  for (const patterns of [['a'], ['news', 'a'], ['a', 'b', 'news'], ['room:*', 'a'], ['news', 'a', 'room:*']]) {
    const api = hooked({ ...closed, ...props });
    for (const pattern of patterns) api.addChannels(pattern, { 'news': closed, 'room:*': {} }[pattern] ?? asked);
    for (const handler of [api.messageHandler, api.connectionHandler]) {
      expect(invoking(handler)).toEqual([{ Action: 'lambda:InvokeFunction', Resource: expect.anything() }]);
    }
  }
});

describe('a function', () => {
  test('of another stack is taken', () => {
    const stack = newStack();
    const api = hooked({}, (own) => lambda(new Stack(own.node.root as any, 'Hooks')), stack);
    expect(JSON.stringify(templateOf(api).toJSON())).toMatch(CROSS_STACK);
    expect(invoking(api.messageHandler)).toHaveLength(1);
  });

  test.each<[string, (stack: Stack) => IFunction]>([
    ['that is imported', (stack) => LambdaFunction.fromFunctionArn(stack, 'Hook', 'arn:aws:lambda:eu-west-1:111111111111:function:moderate')],
    ['that is imported by its name', (stack) => LambdaFunction.fromFunctionName(stack, 'Hook', 'moderate')],
    ['that is an alias', (stack) => new Alias(stack, 'Live', { aliasName: 'live', version: lambda(stack).currentVersion })],
  ])('%s is invoked by its own ARN', (_what, hookOf) => {
    const api = hooked({}, hookOf, newStack({}, { env: ENV }));
    const [{ Resource }] = invoking(api.messageHandler);
    expect(environmentOf(api.messageHandler).MESSAGE_HOOK_ARN).toEqual(Resource);
  });

  test.each([
    ['account', 'arn:aws:lambda:eu-west-1:222222222222:function:moderate', '111111111111, got 222222222222'],
    ['region', 'arn:aws:lambda:us-east-1:111111111111:function:moderate', 'eu-west-1, got us-east-1'],
  ])('of another %s is refused', (part, arn, got) => {
    const stack = newStack({}, { env: ENV });
    const messageHook = LambdaFunction.fromFunctionArn(stack, 'Hook', arn);
    expectRefused({ messageHook }, `'messageHook' must be in the ${part} of the API, ${got}; create the function beside the API`, stack);
  });

  test.each([null, 'moderate', {}, () => undefined])('must be one: %p of untyped code', (messageHook) => {
    expectRefused({ messageHook }, "'messageHook' must be a Lambda function, got ");
  });
});

test('it needs the heartbeat', () => {
  const stack = newStack();
  const messageHook = lambda(stack);
  expectRefused({ messageHook, heartbeat: false }, "'heartbeat' must be on with 'messageHook', got false; ", stack);
});

describe('its metrics, alarm and dashboard row', () => {
  test('are there with it', () => {
    const api = hooked();
    const ids = api.addAlarms().alarms.map(({ node }) => node.id);
    api.addDashboard();
    expect(ids).toContain('HookFailures');
    expect(JSON.stringify(resourcesOf(api, 'AWS::CloudWatch::Dashboard'))).toContain('Hook: errors and throttles');
    const [alarm] = resourcesOf(api, 'AWS::CloudWatch::Alarm').filter(({ Properties }) => Properties.MetricName === 'HookFailed');
    expect(alarm.Properties).toMatchObject({ Namespace: 'BroadcastWebSocketApi', Threshold: 1, Statistic: 'Sum' });
    expect(api.metricHookDuration().toMetricConfig().metricStat).toMatchObject({ metricName: 'HookDuration', statistic: 'p99', unitFilter: 'Milliseconds' });
    expect(api.metricHookDenied().toMetricConfig().metricStat).toMatchObject({ metricName: 'HookDenied', statistic: 'Sum', unitFilter: 'Count' });
  });

  test('are not there without', () => {
    const api = newApi(() => OPEN);
    expect(api.addAlarms().alarms.map(({ node }) => node.id)).not.toContain('HookFailures');
    api.addDashboard();
    expect(JSON.stringify(templateOf(api).toJSON())).not.toMatch(/hook/i);
  });
});
