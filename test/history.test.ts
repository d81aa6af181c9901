import { CfnParameter, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, type ITable, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { actionsOn, environmentOf, expectRefused, logicalId, newApi, newStack, resourceOf, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import { type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, type HistoryOptions, MessageFormat, MessageRateLimit } from '../src';

const ENVELOPE = { messageFormat: MessageFormat.ENVELOPE };
const READING = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
const APPENDING = [...READING, 'dynamodb:UpdateItem'];
const KEYS = { partitionKey: { name: 'channel', type: AttributeType.STRING }, sortKey: { name: 'position', type: AttributeType.NUMBER } };

function historyApi(props: BroadcastWebSocketApiProps = {}, stack = newStack()): BroadcastWebSocketApi {
  return newApi(() => ({ ...ENVELOPE, history: {}, ...props }), stack);
}

const routesOf = (api: BroadcastWebSocketApi) => resourcesOf(api, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey).sort();

const warningsOf = (api: BroadcastWebSocketApi) =>
  Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue()).map((found) => String(found.entry.data));

describe('the table', () => {
  test('is keyed by channel and position, expires, is paid per request, and stays when the stack goes', () => {
    const table = resourceOf(historyApi().historyTable!) as any;
    expect(table.Properties).toEqual({
      KeySchema: [{ AttributeName: 'channel', KeyType: 'HASH' }, { AttributeName: 'position', KeyType: 'RANGE' }],
      AttributeDefinitions: [{ AttributeName: 'channel', AttributeType: 'S' }, { AttributeName: 'position', AttributeType: 'N' }],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    expect([table.DeletionPolicy, table.UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
  });

  test('stays whatever the removalPolicy of the API is', () => {
    const table = resourceOf(historyApi({ removalPolicy: RemovalPolicy.DESTROY }).historyTable!) as any;
    expect(table.DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  test('is deleted with the stack, and has backups, on request', () => {
    const table = resourceOf(historyApi({ history: { removalPolicy: RemovalPolicy.DESTROY, pointInTimeRecovery: true } }).historyTable!) as any;
    expect(table.DeletionPolicy).toBe('Delete');
    expect(table.Properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
  });

  test('is encrypted with the key of the API, which its functions may use', () => {
    const stack = newStack();
    const encryptionKey = new Key(stack, 'Key');
    const api = historyApi({ encryptionKey, fanOut: FanOut.queued() }, stack);
    const arn = stack.resolve(encryptionKey.keyArn);
    expect(resourceOf(api.historyTable!).Properties.SSESpecification).toEqual({ KMSMasterKeyId: arn, SSEEnabled: true, SSEType: 'KMS' });
    for (const handler of [api.messageHandler, api.deliveryHandler]) {
      expect(actionsOn(encryptionKey.keyArn, handler)).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey*']));
    }
    expect(resourceOf(api.node.findChild('MessageQueue')).Properties.KmsMasterKeyId).toEqual(arn);
    expect(actionsOn(encryptionKey.keyArn, api.messageHandler)).toContain('kms:GenerateDataKey');
  });

  test.each([['Table', Table], ['TableV2', TableV2]] as const)('can be a %s of the user', (_name, TableClass) => {
    const stack = newStack();
    const table = new TableClass(stack, 'Mine', { ...KEYS, timeToLiveAttribute: 'ttl' });
    const api = historyApi({ history: { table } }, stack);
    expect(api.historyTable).toBe(table);
    expect(api.node.tryFindChild('History')).toBeUndefined();
    expect(actionsOn(table.tableArn, api.messageHandler)).toEqual(APPENDING);
    expect(warningsOf(api)).toEqual([]);
  });

  test('of the user should have a time to live', () => {
    const stack = newStack();
    const [warning, ...others] = warningsOf(historyApi({ history: { table: new Table(stack, 'Mine', KEYS) } }, stack));
    expect(others).toEqual([]);
    expect(warning).toContain("'history.table' should have the time to live attribute 'ttl', got none; messages stay for ever, long after they can be recovered");
    expect(warning).toContain('cdk-broadcast-websocket-api:historyTableWithoutTtl');
  });

  test.each([
    ['no sort key', { partitionKey: KEYS.partitionKey }, "got 'channel' (HASH, S)"],
    ['another sort key', { ...KEYS, sortKey: { name: 'sentAt', type: AttributeType.NUMBER } }, "got 'channel' (HASH, S) and 'sentAt' (RANGE, N)"],
    ['a position of text', { ...KEYS, sortKey: { name: 'position', type: AttributeType.STRING } }, "got 'channel' (HASH, S) and 'position' (RANGE, S)"],
    ['another partition key', { ...KEYS, partitionKey: { name: 'room', type: AttributeType.STRING } }, "got 'room' (HASH, S) and 'position' (RANGE, N)"],
  ])('of the user is refused with %s', (_what, keys, got) => {
    const stack = newStack();
    const table = new Table(stack, 'Mine', keys);
    expectRefused({ ...ENVELOPE, history: { table } }, `'history.table' must have the partition key 'channel' (HASH, S) and the sort key 'position' (RANGE, N), ${got}; `
      + "create the table with partitionKey: { name: 'channel', type: AttributeType.STRING } and sortKey: { name: 'position', type: AttributeType.NUMBER }", stack);
  });

  test('of the user is accepted when its keys are known only at the deployment', () => {
    const stack = newStack();
    const name = new CfnParameter(stack, 'Name').valueAsString;
    const table = new Table(stack, 'Mine', { ...KEYS, partitionKey: { ...KEYS.partitionKey, name }, timeToLiveAttribute: name });
    expect(historyApi({ history: { table } }, stack).historyTable).toBe(table);
  });

  test('of another API is refused', () => {
    const stack = newStack();
    const api = historyApi({}, stack);
    expectRefused({ ...ENVELOPE, history: { table: api.historyTable } },
      "'history.table' must not be shared, got the table of 'Test/Api'; the clients of each API would read the messages of the other: ", withSibling(stack));
  });
});

describe('a table that was imported', () => {
  const imported = (stack: Stack, id: string, name = 'shared') => Table.fromTableName(stack, id, name);

  test.each<[string, (stack: Stack) => [ITable, ITable]]>([
    ['once', (stack) => Array(2).fill(imported(stack, 'Shared')) as [ITable, ITable]],
    ['twice', (stack) => [imported(stack, 'One'), imported(stack, 'Two')]],
    ['under a name of the deployment', (stack) => Array(2).fill(imported(stack, 'Shared', new CfnParameter(stack, 'Name').valueAsString)) as [ITable, ITable]],
  ])('%s is refused for both the connections and the history', (_what, tablesOf) => {
    const stack = newStack();
    const [connectionsTable, table] = tablesOf(stack);
    expectRefused({ ...ENVELOPE, connectionsTable, history: { table } },
      `'history.table' must not be the 'connectionsTable', got '${connectionsTable.node.path}' for that; their keys are different: `, stack);
  });

  test('beside another is taken', () => {
    const stack = newStack();
    const table = imported(stack, 'History', 'history');
    expect(historyApi({ connectionsTable: imported(stack, 'Connections'), history: { table } }, stack).historyTable).toBe(table);
  });
});

/** Returns a scope in which the id `Api` is free. */
function withSibling(stack: Stack): Stack {
  return new Stack(stack.node.root as any, 'Sibling');
}

describe('is refused', () => {
  test.each<[string, BroadcastWebSocketApiProps, string]>([
    ['the default format', { messageFormat: undefined }, "'messageFormat' must be MessageFormat.ENVELOPE or BATCH with 'history', got ATTRIBUTED; "],
    ['MessageFormat.RAW', { messageFormat: MessageFormat.RAW }, "'messageFormat' must be MessageFormat.ENVELOPE or BATCH with 'history', got RAW; "],
    ['excludeSender', { excludeSender: true }, "'excludeSender' must be left out with 'history', got true; "],
    ['heartbeat: false', { heartbeat: false }, "'heartbeat' must be on with 'history', got false; "],
    ['messages of over 24 KiB', { maxMessageSize: Size.bytes(24 * 1024 + 1) }, "'maxMessageSize' must be a whole number of bytes between 1 and 24576, got 24577; "],
  ])('with %s', (_what, props, message) => expectRefused({ ...ENVELOPE, history: {}, ...props }, message));

  test.each<[string, HistoryOptions, string]>([
    ['a retention below 5 minutes', { retention: Duration.seconds(299) }, "'history.retention' must be a whole number of seconds between 300 and 604800, got 299; "],
    ['a retention over 7 days', { retention: Duration.seconds(604_801) }, "'history.retention' must be a whole number of seconds between 300 and 604800, got 604801; "],
    ['a retention of half a second', { retention: Duration.millis(300_500) }, "'history.retention' must be a whole number of seconds between 300 and 604800, got 300.5; "],
    ['no messages', { maxMessages: 0 }, "'history.maxMessages' must be a whole number of messages between 1 and 100000, got 0; "],
    ['too many messages', { maxMessages: 100_001 }, "'history.maxMessages' must be a whole number of messages between 1 and 100000, got 100001; "],
    ['half a message', { maxMessages: 1.5 }, "'history.maxMessages' must be a whole number of messages between 1 and 100000, got 1.5; "],
    ['a snapshot', { removalPolicy: RemovalPolicy.SNAPSHOT }, "'history.removalPolicy' must not be SNAPSHOT, got SNAPSHOT; "],
  ])('with %s', (_what, history, message) => expectRefused({ ...ENVELOPE, history }, message));

  test.each<HistoryOptions>([{ pointInTimeRecovery: true }, { removalPolicy: RemovalPolicy.DESTROY }])('with a table of the user and %p', (options) => {
    const stack = newStack();
    const table = new Table(stack, 'Mine', KEYS);
    const [[option]] = Object.entries(options);
    expectRefused({ ...ENVELOPE, history: { ...options, table } }, `'history.${option}' must be left out with a table of yours, got `, stack);
  });

  test.each([
    { history: null }, { history: true }, { history: { retention: 24 } }, { history: { table: 'messages' } }, { history: { maxMessages: null } },
  ])('with %j of untyped code', (props) => {
    expectRefused({ ...ENVELOPE, ...props }, /^'history(\.\w+)?' must (be|not be) /);
  });
});

test.each<[HistoryOptions, string, string]>([
  [{}, '86400', '10000'],
  [{ retention: Duration.minutes(5), maxMessages: 1 }, '300', '1'],
  [{ retention: Duration.days(7), maxMessages: 100_000 }, '604800', '100000'],
])('the functions that use the history get the bounds of %j', (history, retention, maxMessages) => {
  const api = historyApi({ history });
  const told = { HISTORY_TABLE_NAME: { Ref: logicalId(api.historyTable!) }, HISTORY_RETENTION_SECONDS: retention, HISTORY_MAX_MESSAGES: maxMessages };
  for (const handler of [api.messageHandler, api.deliveryHandler]) expect(environmentOf(handler)).toMatchObject({ ...told, MAX_MESSAGE_BYTES: '24576' });
  expect(JSON.stringify(environmentOf(api.connectionHandler))).not.toContain('HISTORY');
});

describe('the routes', () => {
  test('publish and history lead to the message handler, and answer', () => {
    const api = historyApi();
    expect(routesOf(api)).toEqual(['$connect', '$default', '$disconnect', 'history', 'ping', 'publish']);
    const { Resources: resources } = templateOf(api).toJSON();
    const targets = new Set<string>();
    for (const key of ['publish', 'history']) {
      const [id, route] = Object.entries<any>(resources).find(([, { Type, Properties }]) => Type === 'AWS::ApiGatewayV2::Route' && Properties.RouteKey === key)!;
      expect(route.Properties.RouteResponseSelectionExpression).toBe('$default');
      const responses = resourcesOf(api, 'AWS::ApiGatewayV2::RouteResponse').filter(({ Properties }) => Properties.RouteId.Ref === id);
      expect(responses).toHaveLength(1);
      const integration = route.Properties.Target['Fn::Join'][1][1].Ref;
      targets.add(integration);
      expect(JSON.stringify(resources[integration].Properties.IntegrationUri)).toContain(logicalId(api.messageHandler));
      const permissions = resourcesOf(api, 'AWS::Lambda::Permission').filter(({ Properties }) => JSON.stringify(Properties.SourceArn).endsWith(`/*${key}"]]}`));
      expect(permissions.map(({ Properties }) => Properties.FunctionName)).toEqual([{ 'Fn::GetAtt': [logicalId(api.messageHandler), 'Arn'] }]);
    }
    expect(targets.size).toBe(2);
  });

  test('the answer to a ping names the layer, and nothing else changes in it', () => {
    const [response, ...others] = resourcesOf(historyApi(), 'AWS::ApiGatewayV2::IntegrationResponse');
    expect(others).toEqual([]);
    expect(response.Properties.ResponseTemplates).toEqual({ $default: '{"action":"pong","v":1,"layers":["history"]}' });
  });

  test('are there when the stage is deployed', () => {
    const api = historyApi();
    const [stage] = resourcesOf(api, 'AWS::ApiGatewayV2::Stage');
    const routes = Object.keys(templateOf(api).findResources('AWS::ApiGatewayV2::Route'));
    expect(stage.DependsOn).toEqual(expect.arrayContaining(routes));
  });
});

describe('permissions on the table', () => {
  test('of both functions that append are those of the log, and the connection handler has none', () => {
    const api = historyApi();
    const { tableArn } = api.historyTable!;
    void api.broadcastQueue;
    expect(actionsOn(tableArn, api.messageHandler)).toEqual(APPENDING);
    expect(actionsOn(tableArn, api.deliveryHandler)).toEqual(APPENDING);
    expect(actionsOn(tableArn, api.connectionHandler)).toEqual([]);
  });

  test('are added to the other permissions of the functions', () => {
    const [api, plain] = [historyApi(), newApi(() => ENVELOPE)];
    const arn = JSON.stringify(Stack.of(api).resolve(api.historyTable!.tableArn));
    for (const each of [api, plain]) void each.broadcastQueue;
    // The layered function also finds one connection: a message may be for it alone.
    const toFindOne = ({ Action }: { Action: unknown }) => Action === 'dynamodb:GetItem';
    for (const handler of ['connectionHandler', 'messageHandler', 'deliveryHandler'] as const) {
      const others = statementsOf(api[handler]).filter(({ Resource }) => JSON.stringify(Resource) !== arn);
      expect(others.filter((each) => !toFindOne(each))).toEqual(statementsOf(plain[handler]));
      expect(others.filter(toFindOne)).toHaveLength(handler === 'deliveryHandler' ? 1 : 0);
    }
  });
});

describe('with FanOut.queued', () => {
  const api = historyApi({ fanOut: FanOut.queued() });
  const messageQueue = api.node.findChild('MessageQueue') as any;

  test('clients\' messages have a queue of their own, which only the message handler writes to', () => {
    expect(actionsOn(messageQueue.queueArn, api.messageHandler)).toEqual(['sqs:SendMessage']);
    expect(actionsOn(api.broadcastQueue.queueArn, api.messageHandler)).toEqual([]);
    expect(environmentOf(api.messageHandler)).toMatchObject({ MESSAGE_QUEUE_URL: { Ref: logicalId(messageQueue) } });
    expect(environmentOf(api.messageHandler)).not.toHaveProperty('BROADCAST_QUEUE_URL');
    expect(actionsOn(messageQueue.queueArn, api.deliveryHandler)).toEqual(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']);
    expect(environmentOf(api.deliveryHandler)).toMatchObject({ MESSAGE_QUEUE_ARN: { 'Fn::GetAtt': [logicalId(messageQueue), 'Arn'] } });
    expect(JSON.stringify(statementsOf(api.connectionHandler))).not.toContain(logicalId(messageQueue));
  });

  test('that queue is like the one of publishers', () => {
    expect(resourceOf(messageQueue).Properties).toEqual(resourceOf(api.broadcastQueue as any).Properties);
    const mappingOf = (queue: any) => resourcesOf(api, 'AWS::Lambda::EventSourceMapping')
      .find(({ Properties }) => Properties.EventSourceArn['Fn::GetAtt'][0] === logicalId(queue))!.Properties;
    expect({ ...mappingOf(messageQueue), EventSourceArn: undefined }).toEqual({ ...mappingOf(api.broadcastQueue), EventSourceArn: undefined });
  });

  test('the functions need a concurrency for it', () => {
    const options = (reservedConcurrentExecutions: number) => ({
      ...ENVELOPE, history: {}, fanOut: FanOut.queued({ workers: 2 }), deliveryHandlerOptions: { reservedConcurrentExecutions },
    });
    expectRefused(options(5), "'deliveryHandlerOptions.reservedConcurrentExecutions' must be a whole number of executions of at least 6, got 5; ");
    expect(() => newApi(() => options(6))).not.toThrow();
  });

  test.each<[string, BroadcastWebSocketApiProps]>([
    ['without a queue', {}],
    ['where no client publishes', { fanOut: FanOut.queued(), publishAccess: ChannelAccess.nobody() }],
  ])('and not %s', (_what, props) => {
    const other = historyApi(props);
    void other.broadcastQueue;
    expect(other.node.tryFindChild('MessageQueue')).toBeUndefined();
    expect(JSON.stringify(templateOf(other).toJSON())).not.toContain('MESSAGE_QUEUE');
  });
});

describe.each([['direct', FanOut.direct()], ['queued', FanOut.queued()]])('where no client may publish, with FanOut.%s', (_name, fanOut) => {
  const api = historyApi({ publishAccess: ChannelAccess.nobody(), fanOut });

  test('clients read the history, and have no other route', () => {
    void api.broadcastQueue;
    expect(routesOf(api)).toEqual(['$connect', '$disconnect', 'history', 'ping']);
    expect(environmentOf(api.messageHandler)).toMatchObject({ PUBLISH_FORBIDDEN: 'true' });
    expect(warningsOf(api)).toEqual([]);
  });

  test('their function may read the history, keep their rate, and deliver to nobody', () => {
    expect(actionsOn(api.historyTable!.tableArn, api.messageHandler)).toEqual(READING);
    expect(actionsOn(api.connectionsTable.tableArn, api.messageHandler)).toEqual(['dynamodb:UpdateItem']);
    expect(statementsOf(api.messageHandler)).toHaveLength(READING.length + 1);
  });

  test('a message rate and options for their function have an effect', () => {
    const tuned = historyApi({
      publishAccess: ChannelAccess.nobody(),
      fanOut: FanOut.queued(),
      messageHandlerOptions: { memorySize: 512 },
      messageRateLimit: MessageRateLimit.perSecond(5),
    });
    expect(warningsOf(tuned)).toEqual([]);
    expect(resourceOf(tuned.messageHandler).Properties.MemorySize).toBe(512);
  });
});

test('an open API forbids nothing', () => {
  expect(environmentOf(historyApi().messageHandler)).not.toHaveProperty('PUBLISH_FORBIDDEN');
});

describe('without it', () => {
  test.each<[string, BroadcastWebSocketApiProps]>([
    ['direct', {}], ['queued', { fanOut: FanOut.queued() }], ['receive-only', { publishAccess: ChannelAccess.nobody() }],
  ])('a %s API has no trace of it', (_name, props) => {
    const api = newApi(() => ({ ...ENVELOPE, ...props }));
    void api.broadcastQueue;
    expect(api.historyTable).toBeUndefined();
    expect(JSON.stringify(templateOf(api).toJSON())).not.toMatch(/history|layers|MessageQueue|MESSAGE_QUEUE|PUBLISH_FORBIDDEN/i);
  });

  test('the functions are the base ones, and with it layered ones', () => {
    const codeOf = (api: BroadcastWebSocketApi) =>
      [api.messageHandler, api.deliveryHandler].map((handler) => resourceOf(handler).Properties.Code.S3Key);
    for (const fanOut of [FanOut.direct(), FanOut.queued()]) {
      const [plain, layered] = [codeOf(newApi(() => ({ ...ENVELOPE, fanOut }))), codeOf(historyApi({ fanOut }))];
      expect(new Set([...plain, ...layered]).size).toBe(4);
    }
  });
});
