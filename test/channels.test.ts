import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { CfnRoute, WebSocketNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { actionsOn, environmentOf, expectRefused, logicalId, newApi, newStack, resourceOf, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import {
  type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, type ChannelOptions, FanOut, MessageFormat, MessageRateLimit,
  WebSocketJwtAuthorizer,
} from '../src';

const OPEN: BroadcastWebSocketApiProps = { messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.anyone() };
const ORIGINS = { allowedOrigins: ['https://app.example.com'] };

const jwt = (claims?: string[]) => new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'], claims });
const open = (props: BroadcastWebSocketApiProps = {}, stack = newStack()) => newApi(() => ({ ...OPEN, ...props }), stack);
const withUsers = (props: BroadcastWebSocketApiProps = {}, stack = newStack()) => open({ authorizer: jwt(), userIdKey: 'sub', ...ORIGINS, ...props }, stack);

function withChannels(props: BroadcastWebSocketApiProps = {}, options: ChannelOptions = {}, stack = newStack()): BroadcastWebSocketApi {
  const api = open(props, stack);
  api.addChannels('room:*', options);
  return api;
}

function lambda(stack: Stack, id = 'Hook'): LambdaFunction {
  return new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('…') });
}

const rulesOf = (handler: LambdaFunction) => JSON.parse(environmentOf(handler).CHANNEL_RULES as string);
const routesOf = (api: BroadcastWebSocketApi) => resourcesOf(api, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey).sort();
const warningsOf = (api: BroadcastWebSocketApi) =>
  Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue()).map((found) => String(found.entry.data));

/** Expects an error that leaves the API unchanged. */
function expectRuleRefused(api: BroadcastWebSocketApi, pattern: string, options: ChannelOptions, message: string | RegExp): void {
  const [root, before] = [api.node.root.node, api.node.root.node.findAll().length];
  expect(() => api.addChannels(pattern, options)).toThrow(message);
  expect(root.findAll()).toHaveLength(before);
  expect(api.membersTable).toBe(undefined);
}

describe('a pattern', () => {
  test.each(['news', 'room:*', 'a', '9', 'a*', 'Room.1-2_3:x', 'x'.repeat(128), `${'x'.repeat(127)}*`])('%p is accepted', (pattern) => {
    const api = open();
    api.addChannels(pattern);
    expect(rulesOf(api.messageHandler)).toEqual([expect.objectContaining({ pattern })]);
  });

  test.each(['', ' ', ':room', '_x', '-x', '.x', 'room/1', 'raum:ä', 'room *', '**', 'room:**', 'a*b', '*a', 'room:*:x', 'room\n', 'x'.repeat(129), `${'x'.repeat(128)}*`, '#x', '@x', '$x'])(
    '%p is refused', (pattern) => {
      expectRuleRefused(open(), pattern, {}, /^'pattern' must be the name of a channel, or the beginning of names and a '\*', got '[^]*'; it has 1 to 128 letters/);
    },
  );

  test('of a star alone is refused: that is a broadcast to all', () => {
    expectRuleRefused(open(), '*', {}, "got '*'; '*' stands for a broadcast to all connections, which publishAccess of the API is for: ");
  });

  test.each([undefined, null, 5, {}, Lazy.string({ produce: () => 'room' })])('%p is refused: it has to be known', (pattern) => {
    expectRuleRefused(open(), pattern as string, {}, /^'pattern' must be .*; it has to be known at synth: /);
  });

  test('is refused a second time', () => {
    const api = withChannels();
    expect(() => api.addChannels('room:*', { publishAccess: ChannelAccess.nobody() }))
      .toThrow("'pattern' must be added once, got 'room:*' a second time; ");
    api.addChannels('room:1');
    expect(rulesOf(api.messageHandler).map(({ pattern }: { pattern: string }) => pattern)).toEqual(['room:*', 'room:1']);
  });

  test('of personal channels needs users, and is for all of them', () => {
    expectRuleRefused(open(), 'user:*', {}, "'pattern' must not begin with 'user:' without 'userIdKey', got 'user:*'; ");
    const api = withUsers();
    for (const pattern of ['user:ann', 'user:a*']) expect(() => api.addChannels(pattern)).toThrow(`'pattern' must be 'user:*' for personal channels, got '${pattern}'; `);
    api.addChannels('user:*');
    // A client that subscribes could read messages for another user.
    expect(rulesOf(api.messageHandler)).toEqual([{ pattern: 'user:*', subscribe: { kind: 'owner' }, publish: { kind: 'subscribers' }, history: false }]);
  });
});

describe('rules', () => {
  test('are open to all, and publishing to members, by default', () => {
    expect(rulesOf(withChannels().messageHandler)).toEqual([{ pattern: 'room:*', subscribe: { kind: 'anyone' }, publish: { kind: 'subscribers' }, history: false }]);
  });

  test.each<[ChannelOptions, object]>([
    [{ subscribeAccess: ChannelAccess.nobody(), publishAccess: ChannelAccess.anyone() }, { subscribe: { kind: 'nobody' }, publish: { kind: 'anyone' } }],
    [{ subscribeAccess: ChannelAccess.owner(), publishAccess: ChannelAccess.owner() }, { subscribe: { kind: 'owner' }, publish: { kind: 'owner' } }],
    [{ subscribeAccess: ChannelAccess.hook(), publishAccess: ChannelAccess.hook() }, { subscribe: { kind: 'hook' }, publish: { kind: 'hook' } }],
    [{ subscribeAccess: ChannelAccess.claim('scope', { patterns: true }), publishAccess: ChannelAccess.claim('admin') }, {
      subscribe: { kind: 'claim', key: 'scope', patterns: true }, publish: { kind: 'claim', key: 'admin', patterns: false },
    }],
  ])('of %j are told to every function', (options, rule) => {
    const stack = newStack();
    const api = withUsers({ messageHook: lambda(stack) }, stack);
    api.addChannels('room:*', options);
    for (const handler of [api.connectionHandler, api.messageHandler, api.deliveryHandler]) expect(rulesOf(handler)).toEqual([{ pattern: 'room:*', ...rule, history: false }]);
  });

  test('keep messages if the API does, unless they say otherwise', () => {
    const api = withChannels({ history: {} });
    api.addChannels('typing:*', { history: false });
    expect(rulesOf(api.messageHandler)).toEqual([expect.objectContaining({ history: true }), expect.objectContaining({ history: false })]);
    expectRuleRefused(open(), 'room:*', { history: true }, "'history' of 'room:*' must come with the 'history' of the API, got true alone; ");
  });

  test('require publishAccess, which decides who may still send to all connections', () => {
    const api = newApi(() => ({ messageFormat: MessageFormat.ENVELOPE }));
    expectRuleRefused(api, 'room:*', {}, "'publishAccess' of the API must be given with addChannels, got none with 'room:*'; ");
  });

  test('need the heartbeat', () => {
    expectRuleRefused(open({ heartbeat: false }), 'room:*', {}, "'heartbeat' must be on with addChannels, got false; ");
  });

  test.each<[string, ChannelOptions, string]>([
    ['subscribers that subscribe', { subscribeAccess: ChannelAccess.subscribers() }, "'subscribeAccess' of 'room:*' must not be ChannelAccess.subscribers(), got ChannelAccess.subscribers(); "],
    ['an owner without users', { subscribeAccess: ChannelAccess.owner() }, "'subscribeAccess' of 'room:*' must come with the 'userIdKey' of the API, got ChannelAccess.owner() alone; "],
    ['a publishing owner without users', { publishAccess: ChannelAccess.owner() }, "'publishAccess' of 'room:*' must come with the 'userIdKey' of the API, got ChannelAccess.owner() alone; "],
    ['a hook that is not there', { publishAccess: ChannelAccess.hook() }, "'publishAccess' of 'room:*' must come with a 'messageHook' of the API, got ChannelAccess.hook() alone; "],
    ['a claim without an authorizer', { subscribeAccess: ChannelAccess.claim('rooms') }, "'subscribeAccess' of 'room:*' must come with an 'authorizer', got ChannelAccess.claim('rooms') alone; "],
  ])('are refused with %s', (_what, options, message) => expectRuleRefused(open(), 'room:*', options, message));

  test('are refused with an owner of one name', () => {
    const api = withUsers();
    expect(() => api.addChannels('cart', { publishAccess: ChannelAccess.owner() }))
      .toThrow("'publishAccess' of 'cart' must have a pattern that ends with '*', got ChannelAccess.owner(); the owner's id stands in its place: write a pattern such as 'cart:*'");
  });

  test.each([[new WebSocketIamAuthorizer(), "'AWS_IAM'"], [new WebSocketNoneAuthorizer(), "'NONE'"]])('are refused with a claim of an authorizer without a context', (authorizer, got) => {
    expectRuleRefused(open({ authorizer }), 'room:*', { publishAccess: ChannelAccess.claim('rooms') },
      `'publishAccess' of 'room:*' must come with an authorizer that has a context, got ChannelAccess.claim('rooms') with the authorizationType ${got}; `);
  });

  test('are refused with a claim that WebSocketJwtAuthorizer does not pass on', () => {
    expectRuleRefused(open({ authorizer: jwt(['sub']), ...ORIGINS }), 'room:*', { publishAccess: ChannelAccess.claim('rooms') },
      "'publishAccess' of 'room:*' must name one of the 'claims' of the authorizer, got ChannelAccess.claim('rooms'); ");
  });

  test('are accepted with a claim of any authorizer with a context', () => {
    const stack = newStack();
    const authorizer = new WebSocketLambdaAuthorizer('Auth', lambda(stack, 'Authorizer'), { identitySource: ['route.request.querystring.token'] });
    expect(() => withChannels({ authorizer, ...ORIGINS }, { publishAccess: ChannelAccess.claim('rooms') }, stack)).not.toThrow();
  });

  test('may name a claim that is known only at the deployment', () => {
    const stack = newStack();
    const key = new CfnParameter(stack, 'Claim').valueAsString;
    const api = withChannels({ authorizer: jwt(), ...ORIGINS }, { publishAccess: ChannelAccess.claim(key) }, stack);
    expect(JSON.stringify(environmentOf(api.messageHandler).CHANNEL_RULES)).toContain('{"Ref":"Claim"}');
  });

  test('are refused when they do not fit into a function\'s variables, together with the origins', () => {
    const allowedOrigins = Array.from({ length: 60 }, (_, nth) => `https://app-${nth}.example.com`);
    const api = open({ allowedOrigins });
    const add = (count: number) => Array.from({ length: count }, (_, nth) => api.addChannels(`room-${nth}:*`));
    expect(() => add(40)).toThrow(/^'addChannels' must come to 3072 bytes at most, got 3\d{3}; AWS Lambda takes 4 KB/);
    const told = JSON.stringify(environmentOf(api.connectionHandler));
    expect(Buffer.byteLength(told)).toBeLessThan(4096);
    expect(Buffer.byteLength(told)).toBeGreaterThan(3000);
  });

  test.each([{ subscribeAccess: null }, { publishAccess: 'anyone' }, { history: null }, null])('are refused as %j of untyped code', (options) => {
    expectRuleRefused(open(), 'room:*', options as unknown as ChannelOptions, /^'(options|subscribeAccess|publishAccess|history)' must /);
  });
});

describe('publishAccess of the API', () => {
  test.each([ChannelAccess.subscribers(), ChannelAccess.owner()])('is not a rule of channels', (publishAccess) => {
    expectRefused({ publishAccess }, /^'publishAccess' must be a rule for messages to all connections, got ChannelAccess\.(subscribers|owner)\(\); /);
  });

  test('may be the hook, where there is one', () => {
    expectRefused({ publishAccess: ChannelAccess.hook() }, "'publishAccess' must come with a 'messageHook' of the API, got ChannelAccess.hook() alone; ");
    const stack = newStack();
    const api = open({ publishAccess: ChannelAccess.hook(), messageHook: lambda(stack) }, stack);
    expect(environmentOf(api.messageHandler)).toMatchObject({ PUBLISH_ACCESS: '{"kind":"hook"}' });
  });
});

describe('userIdKey', () => {
  test.each<[string, BroadcastWebSocketApiProps, string]>([
    ['no authorizer', { userIdKey: 'sub' }, "'userIdKey' must come with an 'authorizer', got 'sub' alone; "],
    ['an authorizer that keeps it back', { userIdKey: 'sub', authorizer: jwt(['name']) }, "'userIdKey' must name one of the 'claims' of the authorizer, got 'sub'; "],
    ['an empty name', { userIdKey: '', authorizer: jwt() }, "'userIdKey' must name a key of the authorizer's context, got ''; "],
    ['no heartbeat', { userIdKey: 'sub', authorizer: jwt(), heartbeat: false }, "'heartbeat' must be on with 'userIdKey', got false; "],
  ])('is refused with %s', (_what, props, message) => expectRefused(props, message));

  test.each([[new WebSocketIamAuthorizer(), "'AWS_IAM'"], [new WebSocketNoneAuthorizer(), "'NONE'"]])('is refused with an authorizer without a context', (authorizer, got) => {
    expect(() => open({ userIdKey: 'sub', authorizer }))
      .toThrow(`'userIdKey' must come with an authorizer that has a context, got 'sub' with the authorizationType ${got}; no client would have a user: `);
  });
});

test.each([0, 201, 1.5])('a connection cannot have %p channels', (maxChannelsPerConnection) => {
  expectRefused({ maxChannelsPerConnection }, `'maxChannelsPerConnection' must be a whole number of channels between 1 and 200, got ${maxChannelsPerConnection}; `);
});

describe('the members table', () => {
  const KEPT = ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:PartiQLDelete', 'dynamodb:PutItem', 'dynamodb:Query'];
  const DELIVERED = ['dynamodb:DeleteItem', 'dynamodb:PartiQLDelete', 'dynamodb:Query'];

  test('is keyed by channel and connection, expires, is paid per request, and goes with the stack', () => {
    const table = resourceOf(withChannels().membersTable!) as any;
    expect(table.Properties).toEqual({
      KeySchema: [{ AttributeName: 'channel', KeyType: 'HASH' }, { AttributeName: 'connectionId', KeyType: 'RANGE' }],
      AttributeDefinitions: [{ AttributeName: 'channel', AttributeType: 'S' }, { AttributeName: 'connectionId', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    expect(table.DeletionPolicy).toBe('Delete');
  });

  test('exists with users alone, once, and reaches every function', () => {
    const api = withUsers();
    const table = api.membersTable!;
    api.addChannels('room:*');
    const handlers = [api.connectionHandler, api.messageHandler, api.deliveryHandler, api.disconnectHandler];
    expect(api.membersTable).toBe(table);
    expect(resourcesOf(api, 'AWS::DynamoDB::Table')).toHaveLength(2);
    for (const handler of handlers) {
      expect(environmentOf(handler)).toMatchObject({ MEMBERS_TABLE_NAME: { Ref: logicalId(table) } });
    }
  });

  test('does not exist before the first channel', () => {
    const api = open();
    expect(api.membersTable).toBeUndefined();
    api.addChannels('room:*');
    expect(api.membersTable).toBeDefined();
  });

  test('is encrypted with the key of the API, which its functions may use', () => {
    const stack = newStack();
    const encryptionKey = new Key(stack, 'Key');
    const api = withChannels({ encryptionKey, fanOut: FanOut.queued() }, {}, stack);
    const arn = stack.resolve(encryptionKey.keyArn);
    const handlers = [api.connectionHandler, api.messageHandler, api.deliveryHandler, api.disconnectHandler];
    expect(resourceOf(api.membersTable!).Properties.SSESpecification).toEqual({ KMSMasterKeyId: arn, SSEEnabled: true, SSEType: 'KMS' });
    for (const handler of handlers) {
      expect(actionsOn(encryptionKey.keyArn, handler)).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey*']));
    }
    for (const queue of ['DisconnectQueue', 'DisconnectDeadLetterQueue']) {
      expect(resourceOf(api.node.findChild(queue)).Properties.KmsMasterKeyId).toEqual(arn);
    }
  });

  // By a method or a prop, before or after the lazily created functions.
  test.each<[string, () => BroadcastWebSocketApi]>([
    ['a channel', () => withChannels()],
    ['users', () => withUsers()],
    ['a channel on an API with users', () => { const api = withUsers(); api.addChannels('room:*'); return api; }],
    ['a channel after the queues', () => { const api = open(); void [api.broadcastQueue, api.disconnectQueue]; api.addChannels('room:*'); return api; }],
    ['a channel where all else is closed', () => withChannels({ publishAccess: ChannelAccess.nobody() })],
  ])('may be used by each function for its work, with %s', (_what, create) => {
    const api = create();
    void [api.deliveryHandler, api.disconnectHandler];
    const { tableArn } = api.membersTable!;
    expect(actionsOn(tableArn, api.connectionHandler)).toEqual(KEPT);
    expect(actionsOn(tableArn, api.messageHandler)).toEqual([...KEPT, 'dynamodb:GetItem'].sort());
    expect(actionsOn(tableArn, api.deliveryHandler)).toEqual(DELIVERED);
    expect(actionsOn(tableArn, api.disconnectHandler)).toEqual(DELIVERED);
    expect(actionsOn(api.connectionsTable.tableArn, api.connectionHandler)).toEqual(['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem']);
    expect(actionsOn(api.connectionsTable.tableArn, api.disconnectHandler)).toEqual(['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem']);
    expect(actionsOn(api.connectionsTable.tableArn, api.deliveryHandler)).toContain('dynamodb:GetItem');
  });
});

/** Returns the bundle of a function, identified by the hash of its code. */
const codeOf = (handler: LambdaFunction) => resourceOf(handler).Properties.Code.S3Key;

describe('the functions', () => {
  test.each([['direct', FanOut.direct()], ['queued', FanOut.queued()]])('run their layered bundles from the first channel on, with FanOut.%s', (_name, fanOut) => {
    const functionsOf = (api: BroadcastWebSocketApi) => [api.connectionHandler, api.messageHandler, api.deliveryHandler].map(codeOf);
    const [plain, late, early] = [open({ fanOut }), withChannels({ fanOut }), withUsers({ fanOut })].map(functionsOf);
    expect(late).toEqual(early);
    expect(new Set([...plain, ...late]).size).toBe(6);
  });

  test('are the same whether the channels or the queues came first', () => {
    const [before, after] = [withChannels(), open()];
    void [before.broadcastQueue, before.disconnectQueue, after.broadcastQueue, after.disconnectQueue];
    after.addChannels('room:*');
    expect(templateOf(after).toJSON()).toEqual(templateOf(before).toJSON());
  });

  test('that only read the history become those that take messages, once some may be published', () => {
    const props = { history: {}, publishAccess: ChannelAccess.nobody(), fanOut: FanOut.queued() };
    const [reading, announcing, api] = [open(props), open(props), open(props)];
    for (const each of [announcing, api]) each.addChannels('news', { publishAccess: ChannelAccess.nobody() });
    api.addChannels('room:*');
    expect(codeOf(announcing.messageHandler)).toBe(codeOf(reading.messageHandler));
    expect(environmentOf(announcing.messageHandler)).not.toHaveProperty('MESSAGE_QUEUE_URL');
    expect(JSON.stringify(statementsOf(announcing.messageHandler))).not.toMatch(/SendMessage|UpdateItem","Resource":\{"Fn::GetAtt":\["ApiHistory/);
    expect(codeOf(api.messageHandler)).not.toBe(codeOf(reading.messageHandler));
    const queue = api.node.findChild('MessageQueue') as any;
    expect(environmentOf(api.messageHandler)).toMatchObject({ MESSAGE_QUEUE_URL: { Ref: logicalId(queue) } });
    expect(actionsOn(queue.queueArn, api.messageHandler)).toEqual(['sqs:SendMessage']);
    expect(actionsOn(api.historyTable!.tableArn, api.messageHandler)).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem']);
  });

  test('may deliver only where a client may publish', () => {
    const props = { publishAccess: ChannelAccess.nobody() };
    const [closed, opened] = [withChannels(props, props), withChannels(props, props)];
    opened.addChannels('chat');
    const posting = { Action: 'execute-api:ManageConnections', Resource: expect.anything() };
    // Answers are also posted where one request subscribes to several channels.
    const postingOf = ({ messageHandler }: BroadcastWebSocketApi) => statementsOf(messageHandler).filter(({ Action }) => Action === posting.Action);
    for (const each of [closed, opened]) expect(postingOf(each)).toEqual([posting]);
    expect(JSON.stringify(statementsOf(closed.messageHandler))).not.toMatch(/dynamodb:Scan|#pace/);
    expect(JSON.stringify(statementsOf(opened.messageHandler))).toMatch(/dynamodb:Scan.*#pace/);
  });

  test('with a queue and no history put clients\' messages on the one of backends', () => {
    const api = withChannels({ fanOut: FanOut.queued() });
    expect(environmentOf(api.messageHandler)).toMatchObject({
      BROADCAST_QUEUE_URL: { Ref: logicalId(api.broadcastQueue) }, CONNECTIONS_TABLE_NAME: { Ref: logicalId(api.connectionsTable) },
    });
    expect(environmentOf(api.messageHandler)).toHaveProperty('WS_CALLBACK_URL');
    expect(actionsOn(api.broadcastQueue.queueArn, api.messageHandler)).toEqual(['sqs:SendMessage']);
    expect(api.node.tryFindChild('MessageQueue')).toBeUndefined();
  });

  test('with a queue and a history have a queue for clients\' messages, and may put them on no other', () => {
    const api = withChannels({ history: {}, fanOut: FanOut.queued() });
    const queue = api.node.findChild('MessageQueue') as any;
    expect(environmentOf(api.messageHandler)).toMatchObject({ MESSAGE_QUEUE_URL: { Ref: logicalId(queue) } });
    expect(environmentOf(api.messageHandler)).not.toHaveProperty('BROADCAST_QUEUE_URL');
    expect(actionsOn(queue.queueArn, api.messageHandler)).toEqual(['sqs:SendMessage']);
    expect(actionsOn(api.broadcastQueue.queueArn, api.messageHandler)).toEqual([]);
    expect(actionsOn(queue.queueArn, api.deliveryHandler)).toEqual(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']);
    expect(environmentOf(api.deliveryHandler)).toMatchObject({ MESSAGE_QUEUE_ARN: { 'Fn::GetAtt': [logicalId(queue), 'Arn'] } });
  });

  test('need a concurrency for it', () => {
    const closed = { history: {}, publishAccess: ChannelAccess.nobody(), fanOut: FanOut.queued({ workers: 2 }) };
    const options = (reservedConcurrentExecutions: number) => ({ ...closed, deliveryHandlerOptions: { reservedConcurrentExecutions } });
    expectRuleRefused(open(options(5)), 'room:*', {}, "'deliveryHandlerOptions.reservedConcurrentExecutions' must be a whole number of executions of at least 6, got 5; ");
    expect(() => withChannels(options(6))).not.toThrow();
  });

  test('get the other settings', () => {
    const api = withUsers({ maxChannelsPerConnection: 5, logChannels: true, senderNameKey: 'nickname', connectionTtl: Duration.hours(4) });
    api.addChannels('room:*');
    const naming = [api.deliveryHandler, api.disconnectHandler];
    const told = { USER_ID_KEY: 'sub', MAX_CHANNELS_PER_CONNECTION: '5', SENDER_NAME_KEY: 'nickname', CONNECTION_TTL_SECONDS: '14400' };
    for (const handler of [api.connectionHandler, api.messageHandler]) expect(environmentOf(handler)).toMatchObject(told);
    for (const handler of naming) expect(environmentOf(handler)).toMatchObject({ LOG_CHANNELS: 'true', USER_ID_KEY: 'sub' });
    expect(JSON.stringify(environmentOf(withChannels().messageHandler))).not.toMatch(/USER_ID_KEY|MAX_CHANNELS|LOG_CHANNELS/);
  });

  test.each<[ChannelAccess, Record<string, unknown>]>([
    [ChannelAccess.anyone(), {}], [ChannelAccess.nobody(), { PUBLISH_ACCESS: '{"kind":"nobody"}' }],
    [ChannelAccess.claim('scope', { patterns: true }), { PUBLISH_ACCESS: '{"kind":"claim","key":"scope","patterns":true}' }],
  ])('are told who may publish to all: %j', (publishAccess, told) => {
    const api = withChannels({ publishAccess, authorizer: jwt(), ...ORIGINS });
    const { PUBLISH_ACCESS, PUBLISH_CLAIM, PUBLISH_CLAIM_PATTERNS, PUBLISH_FORBIDDEN } = environmentOf(api.messageHandler);
    expect({ PUBLISH_ACCESS, PUBLISH_CLAIM, PUBLISH_CLAIM_PATTERNS, PUBLISH_FORBIDDEN }).toEqual({ ...told });
  });
});

describe('the routes', () => {
  const CLOSED = { publishAccess: ChannelAccess.nobody() };
  test.each<[string, BroadcastWebSocketApiProps, string[], string]>([
    ['of an open API', {}, ['$connect', '$default', '$disconnect', 'ping', 'publish', 'subscribe', 'unsubscribe'], '["channels"]'],
    ['where no client sends to all', CLOSED, ['$connect', '$disconnect', 'ping', 'publish', 'subscribe', 'unsubscribe'], '["channels"]'],
    ['with a history', { history: {} }, ['$connect', '$default', '$disconnect', 'history', 'ping', 'publish', 'subscribe', 'unsubscribe'], '["history","channels"]'],
    ['with a history that clients read only', { history: {}, ...CLOSED }, ['$connect', '$disconnect', 'history', 'ping', 'publish', 'subscribe', 'unsubscribe'], '["history","channels"]'],
  ])('are those of the actions, %s, and the answer to a ping names the layer', (_what, props, routes, layers) => {
    const api = withChannels(props);
    expect(routesOf(api)).toEqual(routes);
    const [response, ...others] = resourcesOf(api, 'AWS::ApiGatewayV2::IntegrationResponse');
    expect(others).toEqual([]);
    expect(response.Properties.ResponseTemplates).toEqual({ $default: `{"action":"pong","v":1,"layers":${layers}}` });
  });

  test('lead to the message handler and answer, and are there when the stage is deployed', () => {
    const api = withChannels(CLOSED);
    const { Resources: resources } = templateOf(api).toJSON();
    const [stage] = resourcesOf(api, 'AWS::ApiGatewayV2::Stage');
    for (const key of ['publish', 'subscribe', 'unsubscribe']) {
      const [id, route] = Object.entries<any>(resources).find(([, { Type, Properties }]) => Type === 'AWS::ApiGatewayV2::Route' && Properties.RouteKey === key)!;
      expect(stage.DependsOn).toContain(id);
      expect(route.Properties.RouteResponseSelectionExpression).toBe('$default');
      expect(resourcesOf(api, 'AWS::ApiGatewayV2::RouteResponse').filter(({ Properties }) => Properties.RouteId.Ref === id)).toHaveLength(1);
      const integration = route.Properties.Target['Fn::Join'][1][1].Ref;
      expect(JSON.stringify(resources[integration].Properties.IntegrationUri)).toContain(logicalId(api.messageHandler));
    }
  });

  test('are the same however often channels are added', () => {
    const [once, twice] = [withChannels(), withChannels()];
    twice.addChannels('news');
    expect(routesOf(twice)).toEqual(routesOf(once));
  });

  test.each(['publish', 'subscribe', 'unsubscribe'])('must not exist already: %s', (routeKey) => {
    const api = open();
    api.webSocketApi.addRoute(routeKey, { integration: new WebSocketMockIntegration('Mine') });
    expectRuleRefused(api, 'room:*', {}, `'addChannels' adds the route '${routeKey}', which this API has already; rename yours`);
  });

  test('must not exist already, however they were added', () => {
    const api = open();
    new CfnRoute(Stack.of(api), 'Mine', { apiId: api.webSocketApi.apiId, routeKey: 'subscribe' });
    expectRuleRefused(api, 'room:*', {}, "'addChannels' adds the route 'subscribe', which this API has already; rename yours");
  });

  test('must not be added later', () => {
    const api = withChannels();
    expect(() => api.webSocketApi.addRoute('unsubscribe', { integration: new WebSocketMockIntegration('Mine') }))
      .toThrow("'addChannels' adds the route 'unsubscribe', which this API has already; rename yours");
  });
});

describe('warnings', () => {
  test.each([MessageFormat.ATTRIBUTED, MessageFormat.RAW])('say that clients cannot tell the channels', (messageFormat) => {
    const api = withChannels({ messageFormat });
    api.addChannels('news');
    expect(warningsOf(api)).toEqual([expect.stringContaining("'messageFormat' should be MessageFormat.ENVELOPE with addChannels, got ")]);
  });

  test('are absent for a correct setup', () => {
    expect(warningsOf(withChannels())).toEqual([]);
    expect(warningsOf(withChannels({ publishAccess: ChannelAccess.nobody(), messageHandlerOptions: { memorySize: 512 } }))).toEqual([]);
  });

  test('are not of what has an effect where clients only subscribe', () => {
    const stack = newStack();
    const closed = { publishAccess: ChannelAccess.nobody() };
    const tuned = { messageHandlerOptions: { memorySize: 512 }, messageRateLimit: MessageRateLimit.perSecond(5), senderNameKey: 'nickname' };
    const props = { ...closed, ...tuned, fanOut: FanOut.queued() };
    const api = withUsers({ ...props, messageHook: lambda(stack) }, stack);
    api.addChannels('news', { ...closed, subscribeAccess: ChannelAccess.hook() });
    expect(warningsOf(api)).toEqual([]);
    const unasked = newStack();
    const other = withUsers({ ...props, messageHook: lambda(unasked) }, unasked);
    other.addChannels('news', closed);
    expect(warningsOf(other)).toEqual([expect.stringContaining("'messageHook' has no effect with ChannelAccess.nobody(), as no client sends messages: ")]);
  });

  test('say that nobody can publish anything', () => {
    const closed = { publishAccess: ChannelAccess.nobody() };
    expect(warningsOf(withChannels(closed, closed))).toEqual([expect.stringContaining("'publishAccess' is ChannelAccess.nobody(), and no backend publishes")]);
  });
});

describe('alarms and dashboard', () => {
  const idsOf = (api: BroadcastWebSocketApi) => api.addAlarms().alarms.map(({ node }) => node.id);
  const shownBy = (api: BroadcastWebSocketApi) => JSON.stringify(resourcesOf(api, 'AWS::CloudWatch::Dashboard'));

  test.each([true, false])('have the members table and a late message handler, added first: %p', (isFirst) => {
    const api = open({ publishAccess: ChannelAccess.nobody() });
    const made = () => { const all = api.addAlarms(); api.addDashboard(); return all; };
    const early = isFirst ? made() : undefined;
    api.addChannels('room:*');
    const ids = (early ?? made()).alarms.map(({ node }) => node.id);
    expect(ids).toEqual(expect.arrayContaining(['ChannelFailures', 'MessageHandlerErrors', 'MessageHandlerThrottles']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(shownBy(api)).toContain('Throttles of the members table');
    expect(shownBy(api).match(/Message handler: duration/g)).toHaveLength(1);
  });

  test('have disconnectQueue once it exists', () => {
    const api = open();
    api.addAlarms();
    api.addDashboard();
    void api.disconnectQueue;
    expect(api.node.findChild('Alarms').node.children.map(({ node }) => node.id)).toEqual(expect.arrayContaining([
      'DisconnectHandlerErrors', 'DisconnectHandlerThrottles', 'DisconnectDeadLetters',
    ]));
    expect(shownBy(api)).toContain('Disconnect queue: requests that wait');
  });

  test('have nothing of channels without them', () => {
    const api = open();
    api.addDashboard();
    expect(idsOf(api).filter((id) => /Channel|Hook|Disconnect/.test(id))).toEqual([]);
    expect(shownBy(api)).not.toMatch(/members|Hook|Disconnect/);
  });
});

describe('without it', () => {
  test.each<[string, BroadcastWebSocketApiProps]>([
    ['direct', {}], ['queued', { fanOut: FanOut.queued() }], ['receive-only', { publishAccess: ChannelAccess.nobody() }], ['remembering', { history: {} }],
  ])('a %s API has no trace of it', (_name, props) => {
    const api = open(props);
    void api.broadcastQueue;
    expect(api.membersTable).toBeUndefined();
    expect(JSON.stringify(templateOf(api).toJSON()).match(/members|CHANNEL_|MAX_CHANNELS|subscribe|disconnectqueue|hook|USER_ID|PUBLISH_ACCESS/gi)).toBeNull();
  });
});
