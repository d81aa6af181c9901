import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Lazy, RemovalPolicy, Size } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BroadcastWebSocketApi, FanOut, MessageFormat, MessageRateLimit, TokenSource, WebSocketJwtAuthorizer } from '../../src';
import { expectRefused, newApi, newStack } from '../construct-fixture';

/* What untyped code gets wrong: each says the rule, the value and the fix, before anything is created. */

interface Type {
  readonly properties?: readonly { readonly name: string }[];
  readonly interfaces?: readonly string[];
}

describe('a property of the API', () => {
  const { types } = JSON.parse(readFileSync(join(__dirname, '../../.jsii'), 'utf8')) as { types: Record<string, Type> };
  const propertiesOf = (name: string): string[] => {
    const { properties = [], interfaces = [] } = types[name];
    return [...properties.map((property) => property.name), ...interfaces.flatMap(propertiesOf)];
  };

  test.each(propertiesOf('cdk-broadcast-websocket-api.BroadcastWebSocketApiProps'))('%s is refused when it is a function', (prop) => {
    expectRefused({ [prop]: () => 'x' }, `'${prop}' must be `);
  });

  test.each<[object, string]>([
    [{ fanOut: 'queued' }, "'fanOut' must be a FanOut, got 'queued'; write FanOut.direct() or FanOut.queued()"],
    [{ maxMessageSize: 1024 }, "'maxMessageSize' must be a Size, got 1024; write Size.kibibytes(32), or how much it is"],
    [{ connectionTtl: 3 }, "'connectionTtl' must be a Duration, got 3; write Duration.hours(3), or how long it is"],
    [{ authorizer: 'jwt' }, "'authorizer' must be an authorizer of a WebSocket route, got 'jwt'; give a WebSocketJwtAuthorizer"],
    [{ domainMapping: {} }, "'domainMapping.domainName' must be a domain name of API Gateway, got none; give a DomainName"],
    [{ domainMapping: { domainName: 'chat.example.com' } }, "'domainMapping.domainName' must be a domain name of API Gateway, got 'chat.example.com'; "],
    [{ throttle: 500 }, "'throttle' must be an object with options, got 500; "],
    [{ throttle: { rateLimit: '5' } }, "'throttle.rateLimit' must be a number, got '5'; write it without quotes"],
    [{ heartbeat: 'no' }, "'heartbeat' must be true or false, got 'no'; write it without quotes"],
    [{ excludeSender: 1 }, "'excludeSender' must be true or false, got 1; "],
    [{ apiName: null }, "'apiName' must be a string, got null; "],
    [{ stageName: 5 }, "'stageName' must be a string, got 5; give one, in quotes"],
    [{ deliveryRateLimit: '5000' }, "'deliveryRateLimit' must be a number, got '5000'; "],
    [{ allowedOrigins: 'https://app.example.com' }, "'allowedOrigins' must be a list of strings, got 'https://app.example.com'; "],
    [{ allowedOrigins: [/example/] }, "'allowedOrigins' must be a list of strings, got [{}]; "],
    [{ senderNameKey: ['nickname'] }, "'senderNameKey' must be a string, got [\"nickname\"]; "],
    [{ messageRateLimit: { rate: 10 } }, "'messageRateLimit' must be a MessageRateLimit, got {\"rate\":10}; "],
    [{ connectionsTable: 'connections' }, "'connectionsTable' must be a table, got 'connections'; "],
    [{ encryptionKey: 'alias/mine' }, "'encryptionKey' must be a key of KMS, got 'alias/mine'; "],
    [{ removalPolicy: 'keep' }, "'removalPolicy' must be a RemovalPolicy, got 'keep'; "],
    [{ accessLogs: true }, "'accessLogs' must be an object with options, got true; "],
    [{ accessLogs: { logRetention: '7' } }, "'accessLogs.logRetention' must be one of RetentionDays, got '7'; write RetentionDays.ONE_MONTH, or another of them"],
    [{ accessLogs: { logRetention: 2 } }, "'accessLogs.logRetention' must be one of RetentionDays, got 2; "],
    [{ accessLogs: { logRetention: 'ONE_WEEK' } }, "'accessLogs.logRetention' must be one of RetentionDays, got 'ONE_WEEK'; "],
    [{ connectionHandlerOptions: { logRetention: 4 } }, "'connectionHandlerOptions.logRetention' must be one of RetentionDays, got 4; "],
    [{ messageHandlerOptions: { logRetention: 5.5 } }, "'messageHandlerOptions.logRetention' must be one of RetentionDays, got 5.5; "],
    [{ deliveryHandlerOptions: { tracing: 'Foo' } }, "'deliveryHandlerOptions.tracing' must be one of Tracing, got 'Foo'; write Tracing.ACTIVE, or another of them"],
    [{ authorizer: { bind: 1 } }, "'authorizer' must be an authorizer of a WebSocket route, got {\"bind\":1}; "],
    [{ maxMessageSize: { toBytes: 1 } }, "'maxMessageSize' must be a Size, got {\"toBytes\":1}; "],
    [{ messageHandlerOptions: 512 }, "'messageHandlerOptions' must be an object with options, got 512; "],
    [{ messageHandlerOptions: { timeout: 10 } }, "'messageHandlerOptions.timeout' must be a Duration, got 10; "],
    [{ deliveryHandlerOptions: { securityGroups: 'sg-1' } }, "'deliveryHandlerOptions.securityGroups' must be a list, got 'sg-1'; "],
    [{ connectionTtl: MessageFormat.RAW }, "'connectionTtl' must be a Duration, got a MessageFormat; "],
    [{ fanOut: FanOut }, "'fanOut' must be a FanOut, got a function; "],
  ])('%j is refused', expectRefused);

  test('is accepted as it should be, and as a token', () => {
    const props = {
      apiName: Lazy.string({ produce: () => 'chat' }),
      deliveryRateLimit: Lazy.number({ produce: () => 5 }),
      allowedOrigins: Lazy.list({ produce: () => ['https://app.example.com'] }),
      connectionTtl: Duration.hours(4),
      maxMessageSize: Size.kibibytes(1),
      messageRateLimit: MessageRateLimit.unlimited(),
      removalPolicy: RemovalPolicy.RETAIN,
      throttle: { rateLimit: Lazy.number({ produce: () => 5 }) },
      heartbeat: false,
      accessLogs: { logRetention: RetentionDays.INFINITE },
      messageHandlerOptions: { logRetention: 7, tracing: Tracing.PASS_THROUGH },
      deliveryHandlerOptions: { logRetention: Lazy.number({ produce: () => 7 }), tracing: 'Active' as Tracing },
    };
    expect(() => newApi(() => props)).not.toThrow();
  });
});

test('what is given in place of properties is refused', () => {
  expectRefused(null as never, "'props' must be an object with options, got null; ");
  expectRefused('chat' as never, "'props' must be an object with options, got 'chat'; ");
  expectRefused([], "'props' must be an object with options, got []; ");
  expect(() => new WebSocketJwtAuthorizer(undefined as never)).toThrow("'props' must be an object with options, got none; ");
  expect(() => BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(newStack(), 'Api', 'abc' as never)).toThrow("'attrs' must be an object with options, got 'abc'; ");
});

describe('what the API is asked for', () => {
  const api = newApi();
  const untyped = api as unknown as Record<string, (value: unknown) => void>;

  test.each([
    ['addPublisher', 'x', "'fn' must be a Lambda function of the app, got 'x'; give a Function"],
    ['addPublisher', undefined, "'fn' must be a Lambda function of the app, got none; "],
    ['grantPublish', 'x', "'grantee' must be a principal, or what has a role, got 'x'; give a Role"],
    ['grantManageConnections', {}, "'grantee' must be a principal, or what has a role, got {}; "],
    ['addAlarms', { failedDeliveries: 5 }, "'failedDeliveries' must be an object with options, got 5; "],
    ['addAlarms', { failedDeliveries: { enabled: 'no' } }, "'failedDeliveries.enabled' must be true or false, got 'no'; "],
    ['addDashboard', { defaultInterval: 3 }, "'defaultInterval' must be a Duration, got 3; "],
  ])('%s(%j) is refused, and nothing is created', (method, value, message) => {
    const before = api.node.findAll().length;
    expect(() => untyped[method](value)).toThrow(message);
    expect(api.node.findAll()).toHaveLength(before);
  });

  test('is done for what can be', () => {
    const fn = new LambdaFunction(api, 'Backend', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('//') });
    for (const method of ['addPublisher', 'grantPublish', 'grantManageConnections']) expect(() => untyped[method](fn)).not.toThrow();
  });
});

test.each<[string, () => unknown, string]>([
  ['FanOut.queued', () => FanOut.queued(8 as never), "'options' must be an object with options, got 8; "],
  ['FanOut.queued', () => FanOut.queued({ workers: '8' as never }), "'workers' must be a whole number of invocations between 2 and 1000, got '8'; "],
  ['FanOut.queued', () => FanOut.queued({ maxAge: 300 as never }), "'maxAge' must be a Duration, got 300; "],
  ['FanOut.direct', () => FanOut.direct(8 as never), "'options' must be an object with options, got 8; "],
  ['MessageRateLimit.perSecond', () => MessageRateLimit.perSecond('10' as never), "'rate' must be a number, got '10'; "],
])('%s refuses what is no option of it', (_what, call, message) => {
  expect(call).toThrow(message);
});

describe('a JWT authorizer', () => {
  const issuer = 'https://login.example.com';

  test.each<[object, string]>([
    [{ issuer }, "'audience' must be a list of strings, got none; "],
    [{ issuer, audience: 'chat' }, "'audience' must be a list of strings, got 'chat'; "],
    [{ audience: ['chat'] }, "'issuer' must be a string, got none; "],
    [{ issuer, audience: ['chat'], tokenSource: 'query' }, "'tokenSource' must be a TokenSource, got 'query'; "],
    [{ issuer, audience: ['chat'], claims: 'sub' }, "'claims' must be a list of strings, got 'sub'; "],
    [{ issuer, audience: ['chat'], handlerOptions: { memorySize: '256' } }, "'handlerOptions.memorySize' must be a number, got '256'; "],
  ])('of %j is refused', (props, message) => {
    expect(() => new WebSocketJwtAuthorizer(props as never)).toThrow(message);
  });

  test('of a user pool is refused without one, or its clients', () => {
    const pool = new UserPool(newStack(), 'Users');
    expect(() => WebSocketJwtAuthorizer.cognito('users' as never, [])).toThrow("'userPool' must be a user pool, got 'users'; ");
    expect(() => WebSocketJwtAuthorizer.cognito(pool, pool.addClient('Page') as never)).toThrow("'clients' must be a list of app clients, got a UserPoolClient");
    expect(() => WebSocketJwtAuthorizer.cognito(pool, ['id'] as never)).toThrow("'clients' must be a list of app clients, got [\"id\"]; ");
    expect(() => WebSocketJwtAuthorizer.cognito(pool, [pool.addClient('Other')], { tokenUse: 'any' as never }))
      .toThrow("'tokenUse' must be a CognitoTokenUse, got 'any'; write CognitoTokenUse.ACCESS or CognitoTokenUse.ID");
  });

  test('takes the token from where a source says', () => {
    expect(() => new WebSocketJwtAuthorizer({ issuer, audience: ['chat'], tokenSource: TokenSource.queryString() })).not.toThrow();
  });
});

test('an imported API is refused what is no text', () => {
  const importing = (attributes: object) => () => BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(newStack(), 'Api', attributes as never);
  expect(importing({})).toThrow("'webSocketApiId' must be a string, got none; ");
  expect(importing({ webSocketApiId: 'abc', url: 5 })).toThrow("'url' must be a string, got 5; ");
});
