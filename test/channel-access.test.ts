import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { WebSocketNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { environmentOf, newApi, newStack, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import {
  BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageRateLimit, WebSocketJwtAuthorizer,
} from '../src';
import { ENV } from '../src/private/contract';

const ORIGINS = { allowedOrigins: ['https://app.example.com'] };
const nobody = (props: BroadcastWebSocketApiProps = {}) => newApi(() => ({ publishAccess: ChannelAccess.nobody(), ...props }));

const warningsOf = (api: BroadcastWebSocketApi) =>
  Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
const routesOf = (api: BroadcastWebSocketApi) => resourcesOf(api, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey).sort();
const functionsOf = (api: BroadcastWebSocketApi) => resourcesOf(api, 'AWS::Lambda::Function').map(({ Properties }) => String(Properties.Description).split(' ')[0]);

function lambdaAuthorizer(stack: Stack): WebSocketLambdaAuthorizer {
  const handler = new LambdaFunction(stack, 'Authorizer', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('…') });
  return new WebSocketLambdaAuthorizer('Auth', handler, { identitySource: ['route.request.querystring.token'] });
}

describe('ChannelAccess.anyone, the default', () => {
  test('changes nothing', () => {
    const [open, plain] = [newApi(() => ({ publishAccess: ChannelAccess.anyone() })), newApi()];
    expect(templateOf(open).toJSON()).toEqual(templateOf(plain).toJSON());
    for (const variable of [ENV.publishClaim, ENV.publishClaimPatterns]) expect(environmentOf(plain.messageHandler)).not.toHaveProperty(variable);
  });
});

describe('ChannelAccess.nobody', () => {
  test('creates no route and no function for clients\' messages; the heartbeat stays', () => {
    expect(routesOf(nobody())).toEqual(['$connect', '$disconnect', 'ping']);
    expect(routesOf(nobody({ heartbeat: false }))).toEqual(['$connect', '$disconnect']);
    expect(functionsOf(nobody())).toEqual(['Keeps']);
    expect(resourcesOf(nobody(), 'AWS::Lambda::Permission')).toHaveLength(2);
    expect(resourcesOf(nobody(), 'AWS::Logs::LogGroup')).toHaveLength(1);
  });

  test('grants no function a delivery while no backend publishes', () => {
    const api = nobody();
    expect(resourcesOf(api, 'AWS::SQS::Queue')).toEqual([]);
    expect(JSON.stringify(resourcesOf(api, 'AWS::IAM::Policy'))).not.toMatch(/execute-api|Scan|UpdateItem/);
  });

  test.each<[string, (api: BroadcastWebSocketApi) => unknown, BroadcastWebSocketApiProps]>([
    ['a queue that is asked for', (api) => api.broadcastQueue, {}],
    ['FanOut.queued', () => undefined, { fanOut: FanOut.queued({ workers: 8, maxInFlight: 16 }) }],
  ])('has backends publish: %s', (_what, use, props) => {
    const api = nobody(props);
    use(api);
    expect(functionsOf(api).sort()).toEqual(['Broadcasts', 'Keeps']);
    expect(routesOf(api)).toEqual(['$connect', '$disconnect', 'ping']);
    const reference = newApi(() => props);
    expect(Object.keys(environmentOf(api.deliveryHandler)).sort()).toEqual(Object.keys(environmentOf(reference.deliveryHandler)).sort());
    const actions = (of: BroadcastWebSocketApi) => statementsOf(of.deliveryHandler).map(({ Action }) => Action);
    expect(actions(api)).toEqual(actions(reference));
    expect(warningsOf(api)).toEqual([]);
  });

  test('gives backends their grants', () => {
    const api = nobody();
    const fn = new LambdaFunction(Stack.of(api), 'Backend', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('…') });
    api.addPublisher(fn);
    api.grantManageConnections(fn);
    expect(statementsOf(fn).map(({ Action }) => Action).sort()).toEqual(['execute-api:ManageConnections', 'sqs:SendMessage']);
  });

  test('has no messageHandler, and the error names the handlers that exist', () => {
    expect(() => nobody().messageHandler).toThrow(
      "'messageHandler' exists only where clients may send messages, got publishAccess: ChannelAccess.nobody() for 'Test/Api'; use deliveryHandler",
    );
  });

  test('has alarms and a dashboard of the existing parts', () => {
    const api = nobody({ fanOut: FanOut.queued() });
    const { alarms } = api.addAlarms();
    api.addDashboard();
    const ids = alarms.map(({ node }) => node.id);
    expect(ids).toEqual(expect.arrayContaining(['ConnectionHandlerErrors', 'DeliveryHandlerErrors', 'FailedDeliveries', 'DeadLetters']));
    expect(ids.filter((id) => id.startsWith('MessageHandler'))).toEqual([]);
    const described = (of: BroadcastWebSocketApi) => resourcesOf(of, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.AlarmDescription).join();
    expect(described(api)).toContain('or who send messages although no client may');
    const body = JSON.stringify(resourcesOf(api, 'AWS::CloudWatch::Dashboard'));
    expect(body).not.toContain('Message handler');
    expect(body).toContain('Connection handler');
    const open = newApi();
    open.addAlarms();
    expect(described(open)).not.toContain('although no client may');
  });

  test('causes a warning when no backend publishes either', () => {
    expect(warningsOf(nobody())).toEqual([expect.stringContaining("'publishAccess' is ChannelAccess.nobody(), and no backend publishes")]);
  });

  test.each<[string, BroadcastWebSocketApiProps]>([
    ['messageHandlerOptions', { messageHandlerOptions: { memorySize: 512 } }], ['messageRateLimit', { messageRateLimit: MessageRateLimit.unlimited() }],
    ['excludeSender', { excludeSender: true }],
  ])('is warned of where %s has no effect', (prop, props) => {
    expect(warningsOf(nobody({ ...props, fanOut: FanOut.queued() })))
      .toEqual([expect.stringContaining(`'${prop}' has no effect with ChannelAccess.nobody(), as no client sends messages: `)]);
  });
});

describe('ChannelAccess.claim', () => {
  const claimed = (publishAccess: ChannelAccess, props: BroadcastWebSocketApiProps = {}) =>
    newApi((stack) => ({ publishAccess, authorizer: lambdaAuthorizer(stack), ...ORIGINS, ...props }));

  test.each([FanOut.direct(), FanOut.queued()])('reaches the message handler, and changes nothing else', (fanOut) => {
    const api = claimed(ChannelAccess.claim('scope'), { fanOut });
    const open = claimed(ChannelAccess.anyone(), { fanOut });
    const { [ENV.publishClaim]: key, ...rest } = environmentOf(api.messageHandler);
    expect(key).toBe('scope');
    expect(rest).toEqual(environmentOf(open.messageHandler));
    expect(environmentOf(api.connectionHandler)).not.toHaveProperty(ENV.publishClaim);
    const withoutVariable = JSON.parse(JSON.stringify(templateOf(api).toJSON()).replace('"PUBLISH_CLAIM":"scope",', ''));
    expect(withoutVariable).toEqual(templateOf(open).toJSON());
    expect(warningsOf(api)).toEqual([]);
  });

  test('allows patterns on request', () => {
    expect(environmentOf(claimed(ChannelAccess.claim('scope', { patterns: true })).messageHandler)).toMatchObject({ [ENV.publishClaimPatterns]: 'true' });
    expect(environmentOf(claimed(ChannelAccess.claim('scope', { patterns: false })).messageHandler)).not.toHaveProperty(ENV.publishClaimPatterns);
  });

  test('without an authorizer is refused, before anything is created', () => {
    const stack = newStack();
    expect(() => new BroadcastWebSocketApi(stack, 'Api', { publishAccess: ChannelAccess.claim('scope') }))
      .toThrow("'publishAccess' must come with an 'authorizer', got ChannelAccess.claim('scope') alone; ");
    expect(stack.node.children).toEqual([]);
  });

  test.each([[new WebSocketIamAuthorizer(), "'AWS_IAM'"], [new WebSocketNoneAuthorizer(), "'NONE'"]])('with an authorizer without a context is refused', (authorizer, got) => {
    expect(() => claimed(ChannelAccess.claim('scope'), { authorizer }))
      .toThrow(`'publishAccess' must come with an authorizer that has a context, got ChannelAccess.claim('scope') with the authorizationType ${got}; `);
  });

  test('of a claim that WebSocketJwtAuthorizer does not pass on is refused', () => {
    const authorizer = new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'], claims: ['sub'] });
    expect(() => claimed(ChannelAccess.claim('scope'), { authorizer })).toThrow("'publishAccess' must name one of the 'claims' of the authorizer, got ChannelAccess.claim('scope'); ");
    expect(() => claimed(ChannelAccess.claim('sub'), { authorizer })).not.toThrow();
  });

  test('of an empty key is refused', () => {
    expect(() => ChannelAccess.claim('')).toThrow("'key' must name a key of the authorizer's context, got ''; ");
  });
});
