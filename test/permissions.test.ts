import { Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable, Table, TableEncryption, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { type Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type IFunction, Tracing } from 'aws-cdk-lib/aws-lambda';
import { eachPermission, logicalId, newApi, newStack, resourceOf, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, FanOut, type IBroadcastWebSocketApi, MessageRateLimit } from '../src';

const PARTITION_KEY = { partitionKey: { name: 'connectionId', type: AttributeType.STRING }, timeToLiveAttribute: 'ttl' };
const KEY_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'];

function connectionsArn(api: BroadcastWebSocketApi, stage: string, method: string): unknown {
  const stack = Stack.of(api);
  return stack.resolve(
    `arn:${stack.partition}:execute-api:${stack.region}:${stack.account}:${api.webSocketApi.apiId}/${stage}/${method}/@connections/*`,
  );
}

/** DynamoDB passes the keys of a request to IAM: updates of any item but one are refused. */
const paceStatement = (table: unknown) => ({
  Action: 'dynamodb:UpdateItem', Resource: table, Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['#pace'] } },
});

/** The message rate is kept on the rows of connections, whose ids do not begin so. */
const messageRateStatement = (table: unknown) => ({
  Action: 'dynamodb:UpdateItem', Resource: table, Condition: { 'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': ['#*'] } },
});

describe('the connection handler', () => {
  test('may put and delete rows of the table, and nothing else', () => {
    const api = newApi();
    const table = Stack.of(api).resolve(api.connectionsTable.tableArn);
    expect(statementsOf(api.connectionHandler)).toEqual(eachPermission([{ Action: ['dynamodb:PutItem', 'dynamodb:DeleteItem'], Resource: table }]));
  });
});

describe('the message handler', () => {
  const delivering = (api: BroadcastWebSocketApi, table: unknown) => [
    { Action: ['dynamodb:Scan', 'dynamodb:DeleteItem'], Resource: table },
    paceStatement(table),
    { Action: 'execute-api:ManageConnections', Resource: connectionsArn(api, 'live', 'POST') },
  ];

  test('may scan the table, delete its rows, share the pace, keep the message rate and post to the connections of the stage, and nothing else', () => {
    const api = newApi(() => ({ stageName: 'live' }));
    const table = Stack.of(api).resolve(api.connectionsTable.tableArn);
    expect(statementsOf(api.messageHandler)).toEqual(eachPermission([...delivering(api, table), messageRateStatement(table)]));
  });

  test('may update no row of a connection without a message rate', () => {
    const api = newApi(() => ({ stageName: 'live', messageRateLimit: MessageRateLimit.unlimited() }));
    expect(statementsOf(api.messageHandler)).toEqual(eachPermission(delivering(api, Stack.of(api).resolve(api.connectionsTable.tableArn))));
  });
});

describe('the message handler of a queued fan-out', () => {
  test('may put messages on the queue and keep the message rate, and nothing else', () => {
    const api = newApi(() => ({ fanOut: FanOut.queued() }));
    const { queueArn, tableArn } = Stack.of(api).resolve({ queueArn: api.broadcastQueue.queueArn, tableArn: api.connectionsTable.tableArn });
    expect(statementsOf(api.messageHandler)).toEqual(eachPermission([{ Action: 'sqs:SendMessage', Resource: queueArn }, messageRateStatement(tableArn)]));
  });

  test('may do nothing with the table without a message rate', () => {
    const api = newApi(() => ({ fanOut: FanOut.queued(), messageRateLimit: MessageRateLimit.unlimited() }));
    const queue = Stack.of(api).resolve(api.broadcastQueue.queueArn);
    expect(statementsOf(api.messageHandler)).toEqual(eachPermission([{ Action: 'sqs:SendMessage', Resource: queue }]));
  });

  test('may use the key of the table', () => {
    const api = newApi((stack) => ({
      fanOut: FanOut.queued(), connectionsTable: new Table(stack, 'Table', { ...PARTITION_KEY, encryptionKey: new Key(stack, 'Key') }),
    }));
    const key = Stack.of(api).resolve(api.connectionsTable.encryptionKey!.keyArn);
    expect(statementsOf(api.messageHandler)).toEqual(expect.arrayContaining(eachPermission([{ Action: KEY_ACTIONS, Resource: key }])));
  });
});

describe('the delivery handler', () => {
  test('may deliver, read both queues, write to the private one and to the dead-letter queue, and nothing else', () => {
    const api = newApi(() => ({ stageName: 'live', fanOut: FanOut.queued() }));
    const table = Stack.of(api).resolve(api.connectionsTable.tableArn);
    const broadcastQueue = Stack.of(api).resolve(api.broadcastQueue.queueArn);
    const chunkQueue = { 'Fn::GetAtt': [logicalId(api.node.findChild('ChunkQueue')), 'Arn'] };
    const deadLetterQueue = { 'Fn::GetAtt': [logicalId(api.node.findChild('DeadLetterQueue')), 'Arn'] };
    const read = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    expect(statementsOf(api.deliveryHandler)).toEqual(eachPermission([
      { Action: 'sqs:SendMessage', Resource: chunkQueue },
      { Action: 'sqs:SendMessage', Resource: deadLetterQueue },
      { Action: read, Resource: broadcastQueue },
      { Action: read, Resource: chunkQueue },
      { Action: ['dynamodb:Scan', 'dynamodb:DeleteItem'], Resource: table },
      paceStatement(table),
      { Action: 'execute-api:ManageConnections', Resource: connectionsArn(api, 'live', 'POST') },
    ]));
  });

  test('does not change the permissions of the others', () => {
    const untouched = newApi();
    const api = newApi();
    const before = [untouched.connectionHandler, untouched.messageHandler].map(statementsOf);
    void api.broadcastQueue;
    expect([api.connectionHandler, api.messageHandler].map(statementsOf)).toEqual(before);
  });
});

describe('publishing', () => {
  const publishers: [string, (stack: Stack) => BroadcastWebSocketApi | IBroadcastWebSocketApi][] = [
    ['an API', (stack) => newApi(undefined, stack)],
    ['an imported API', (stack) => BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(stack, 'Api', {
      webSocketApiId: 'abc123', broadcastQueueArn: 'arn:aws:sqs:eu-west-1:111111111111:broadcasts',
    })],
  ];
  const ways: [string, (api: IBroadcastWebSocketApi, role: Role) => Grant][] = [
    ['grantPublish', (api, role) => api.grantPublish(role)],
    ['grants.publish', (api, role) => api.grants.publish(role)],
  ];
  const cases = publishers.flatMap(([name, apiOf]) => ways.map(([way, grant]) => [way, name, apiOf, grant] as const));
  test.each(cases)('%s lets a principal put messages on the public queue of %s, and nothing else', (_way, _name, apiOf, grant) => {
    const api = apiOf(newStack());
    const role = new Role(Stack.of(api), 'Backend', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    grant(api, role).assertSuccess();
    const [policy] = resourcesOf(api, 'AWS::IAM::Policy').filter(({ Properties }) => Properties.Roles[0].Ref === logicalId(role));
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: Stack.of(api).resolve(api.broadcastQueue.queueArn) },
    ]);
  });
});

describe('both handlers', () => {
  test('have no managed policy but the one to write logs', () => {
    const api = newApi();
    for (const handler of [api.connectionHandler, api.messageHandler]) {
      const policies = resourceOf(handler.role!).Properties.ManagedPolicyArns;
      expect(JSON.stringify(policies)).toMatch(/^\[[^[]+\["",\["arn:",\{"Ref":"AWS::Partition"\},":iam::aws:policy\/service-role\/AWSLambdaBasicExecutionRole"\]\]\}\]$/);
    }
  });

  test('may write traces when they are traced, and then only', () => {
    const traces = { Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' };
    const plain = newApi();
    const traced = newApi(() => ({ connectionHandlerOptions: { tracing: Tracing.ACTIVE }, messageHandlerOptions: { tracing: Tracing.ACTIVE } }));
    for (const handler of ['connectionHandler', 'messageHandler'] as const) {
      expect(statementsOf(traced[handler])).toEqual(eachPermission([traces, ...statementsOf(plain[handler])]));
      expect(JSON.stringify(statementsOf(plain[handler]))).not.toContain('xray');
    }
  });

  test('may manage the network interfaces of a VPC that they are in, and then only', () => {
    const api = newApi((stack) => ({ messageHandlerOptions: { vpc: new Vpc(stack, 'Vpc', { maxAzs: 1 }) } }));
    const namesOf = (handler: IFunction) => JSON.stringify(resourceOf(handler.role!).Properties.ManagedPolicyArns).match(/AWSLambda\w+/g);
    expect(namesOf(api.messageHandler)).toEqual(['AWSLambdaBasicExecutionRole', 'AWSLambdaVPCAccessExecutionRole']);
    expect(namesOf(api.connectionHandler)).toEqual(['AWSLambdaBasicExecutionRole']);
    expect(statementsOf(api.messageHandler)).toEqual(statementsOf(newApi().messageHandler));
  });

  const tables: [string, (stack: Stack) => ITable][] = [
    ['a table created with a key', (stack) => new Table(stack, 'Table', { ...PARTITION_KEY, encryptionKey: new Key(stack, 'Key') })],
    ['a table that has a key made for it', (stack) => new Table(stack, 'Table', { ...PARTITION_KEY, encryption: TableEncryption.CUSTOMER_MANAGED })],
    ['an imported table with an imported key', (stack) => Table.fromTableAttributes(stack, 'Table', {
      tableName: 'connections', encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/12345678-1234-1234-1234-123456789012'),
    })],
  ];
  test.each(tables)('may use the key of %s', (_name, tableOf) => {
    const api = newApi((stack) => ({ connectionsTable: tableOf(stack) }));
    const key = Stack.of(api).resolve(api.connectionsTable.encryptionKey!.keyArn);
    for (const handler of [api.connectionHandler, api.messageHandler]) {
      expect(statementsOf(handler)).toEqual(expect.arrayContaining(eachPermission([{ Action: KEY_ACTIONS, Resource: key }])));
    }
  });

  test('may use the key of a global table', () => {
    const env = { account: '111111111111', region: 'eu-west-1' };
    const api = newApi((stack) => {
      const encryption = TableEncryptionV2.customerManagedKey(new Key(stack, 'Key'));
      return { connectionsTable: new TableV2(stack, 'Table', { ...PARTITION_KEY, encryption }) };
    }, newStack({}, { env }));
    const key = Stack.of(api).resolve(api.connectionsTable.encryptionKey!.keyArn);
    expect(statementsOf(api.connectionHandler)).toEqual(expect.arrayContaining(eachPermission([{ Action: KEY_ACTIONS, Resource: key }])));
    expect(statementsOf(api.messageHandler)).toEqual(expect.arrayContaining(eachPermission([{ Action: KEY_ACTIONS, Resource: key }])));
  });

  test('may use no key where the table has none of its own', () => {
    expect(JSON.stringify(templateOf(newApi()).toJSON())).not.toContain('kms:');
  });

  test('may do with a given table what they may do with their own, and nothing with its indexes', () => {
    const api = newApi((stack) => {
      const connectionsTable = new Table(stack, 'Table', PARTITION_KEY);
      connectionsTable.addGlobalSecondaryIndex({ indexName: 'byTime', partitionKey: { name: 'connectedAt', type: AttributeType.NUMBER } });
      return { connectionsTable };
    });
    const table = Stack.of(api).resolve(api.connectionsTable.tableArn);
    expect(statementsOf(api.connectionHandler)).toEqual(eachPermission([{ Action: ['dynamodb:PutItem', 'dynamodb:DeleteItem'], Resource: table }]));
    expect(statementsOf(api.messageHandler).filter(({ Action }) => String(Action).startsWith('dynamodb:'))).toEqual(eachPermission([
      { Action: ['dynamodb:Scan', 'dynamodb:DeleteItem'], Resource: table }, paceStatement(table), messageRateStatement(table),
    ]));
  });
});

describe('API Gateway', () => {
  test('may invoke each handler for its own routes of this API, and nobody else may', () => {
    const api = newApi();
    const stack = Stack.of(api);
    const arn = (routeKey: string) =>
      stack.resolve(`arn:${stack.partition}:execute-api:${stack.region}:${stack.account}:${api.webSocketApi.apiId}/*${routeKey}`);
    const permission = (handler: string, routeKey: string) => ({
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      FunctionName: { 'Fn::GetAtt': [handler, 'Arn'] },
      SourceArn: arn(routeKey),
    });
    const permissions = resourcesOf(api, 'AWS::Lambda::Permission').map(({ Properties }) => Properties);
    expect(permissions).toHaveLength(3);
    expect(permissions).toEqual(expect.arrayContaining([
      permission(logicalId(api.connectionHandler), '$connect'),
      permission(logicalId(api.connectionHandler), '$disconnect'),
      permission(logicalId(api.messageHandler), '$default'),
    ]));
  });
});

describe.each<[string, (api: IBroadcastWebSocketApi, role: Role) => Grant]>([
  ['grantManageConnections', (api, role) => api.grantManageConnections(role)],
  ['grants.manageConnections', (api, role) => api.grants.manageConnections(role)],
])('%s', (_way, grant) => {
  test('of an imported API does the same', () => {
    const api = BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(newStack(), 'Api', { webSocketApiId: 'abc123', stageName: 'live' });
    const stack = Stack.of(api);
    const role = new Role(stack, 'Backend', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    grant(api, role).assertSuccess();
    expect(resourcesOf(api, 'AWS::IAM::Policy')[0].Properties.PolicyDocument.Statement).toEqual([{
      Effect: 'Allow',
      Action: 'execute-api:ManageConnections',
      Resource: stack.resolve(`arn:${stack.partition}:execute-api:${stack.region}:${stack.account}:abc123/live/*/@connections/*`),
    }]);
  });

  test('lets a principal send to, look up and close the connections of this stage only', () => {
    const api = newApi(() => ({ stageName: 'live' }));
    const role = new Role(Stack.of(api), 'Backend', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    grant(api, role).assertSuccess();
    const [policy] = resourcesOf(api, 'AWS::IAM::Policy').filter(({ Properties }) => Properties.Roles[0].Ref === logicalId(role));
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: connectionsArn(api, 'live', '*') },
    ]);
  });
});
