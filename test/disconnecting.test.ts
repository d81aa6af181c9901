import { Stack } from 'aws-cdk-lib';
import { type Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { eachPermission, environmentOf, logicalId, newApi, newStack, resourceOf, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, ChannelAccess, type IBroadcastWebSocketApi, type BroadcastWebSocketApiAttributes } from '../src';

const DISCONNECTS = 'arn:aws:sqs:eu-west-1:111111111111:disconnects';
const MEMBERS = 'arn:aws:dynamodb:eu-west-1:111111111111:table/members';

function imported(attrs: Partial<BroadcastWebSocketApiAttributes> = {}, stack = newStack()): IBroadcastWebSocketApi {
  return BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(stack, 'Imported', { webSocketApiId: 'abc123', ...attrs });
}

function backend(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Backend', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('…') });
}

function withChannels(stack = newStack(), encryptionKey?: Key): BroadcastWebSocketApi {
  const api = newApi(() => ({ publishAccess: ChannelAccess.nobody(), encryptionKey }), stack);
  api.addChannels('room:*');
  return api;
}

/** Returns the permissions of a role after a grant. */
function grantedBy(api: IBroadcastWebSocketApi, grant: (role: Role) => Grant): unknown[] {
  const role = new Role(Stack.of(api), 'Moderator', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  grant(role).assertSuccess();
  const [policy] = resourcesOf(api, 'AWS::IAM::Policy').filter(({ Properties }) => Properties.Roles[0].Ref === logicalId(role));
  return eachPermission(policy.Properties.PolicyDocument.Statement);
}

describe('disconnectQueue', () => {
  test('is created on first use, with its dead-letter queue and its function, and only once', () => {
    const plain = newApi();
    const api = newApi();
    const queue = api.disconnectQueue;
    expect(api.disconnectQueue).toBe(queue);
    expect(resourcesOf(plain, 'AWS::SQS::Queue')).toEqual([]);
    expect(resourcesOf(api, 'AWS::SQS::Queue')).toHaveLength(2);
    expect(resourceOf(queue).Properties).toMatchObject({
      SqsManagedSseEnabled: true, VisibilityTimeout: 90, RedrivePolicy: { maxReceiveCount: 3, deadLetterTargetArn: { 'Fn::GetAtt': [logicalId(api.disconnectDeadLetterQueue), 'Arn'] } },
    });
    const [source, ...others] = resourcesOf(api, 'AWS::Lambda::EventSourceMapping');
    expect(others).toEqual([]);
    expect(source.Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [logicalId(queue), 'Arn'] }, FunctionName: { Ref: logicalId(api.disconnectHandler) }, FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('does not change the permissions of the other functions', () => {
    const [api, plain] = [newApi(), newApi()];
    void api.disconnectQueue;
    for (const handler of ['connectionHandler', 'messageHandler'] as const) expect(statementsOf(api[handler])).toEqual(statementsOf(plain[handler]));
  });

  test('lets its function post to and close the connections of the stage, and no other may close any', () => {
    const api = withChannels();
    void [api.disconnectQueue, api.broadcastQueue];
    const methods = (handler: LambdaFunction) => statementsOf(handler).filter(({ Action }) => Action === 'execute-api:ManageConnections')
      .map(({ Resource }) => /(\w+)\/@connections/.exec(JSON.stringify(Resource))![1]).sort();
    expect(methods(api.disconnectHandler)).toEqual(['DELETE', 'POST']);
    for (const handler of [api.messageHandler, api.deliveryHandler]) expect(methods(handler)).toEqual(['POST']);
    expect(methods(api.connectionHandler)).toEqual([]);
  });

  test('runs its function with the given options', () => {
    const api = newApi(() => ({ disconnectHandlerOptions: { memorySize: 512, reservedConcurrentExecutions: 2 } }));
    expect(resourceOf(api.disconnectHandler).Properties).toMatchObject({ MemorySize: 512, ReservedConcurrentExecutions: 2, Timeout: 30 });
    expect(() => newApi(() => ({ disconnectHandlerOptions: { reservedConcurrentExecutions: 1 } })))
      .toThrow("'disconnectHandlerOptions.reservedConcurrentExecutions' must be a whole number of executions of at least 2, got 1; ");
  });

  test('of an imported API has to be given', () => {
    expect(() => imported().disconnectQueue).toThrow("'disconnectQueueArn' must be given to close connections of the imported API 'Test/Imported', got none; ");
    expect(() => imported({ disconnectQueueArn: 'disconnects' })).toThrow("'disconnectQueueArn' must be the ARN of a queue, got 'disconnects'; ");
    expect(imported({ disconnectQueueArn: DISCONNECTS }).disconnectQueue.queueArn).toBe(DISCONNECTS);
  });
});

describe.each<[string, (stack: Stack) => IBroadcastWebSocketApi]>([
  ['an API', (stack) => newApi(undefined, stack)],
  ['an imported API', (stack) => imported({ disconnectQueueArn: DISCONNECTS }, stack)],
])('closing connections of %s', (_name, apiOf) => {
  test('is granted by the queue alone', () => {
    const api = apiOf(newStack());
    expect(grantedBy(api, (role) => api.grants.disconnect(role))).toEqual([
      { Action: 'sqs:SendMessage', Resource: Stack.of(api).resolve(api.disconnectQueue.queueArn) },
    ]);
  });

  test('is what addDisconnector grants to a function, with the URL of the queue', () => {
    const stack = newStack();
    const api = apiOf(stack);
    const fn = backend(stack);
    api.addDisconnector(fn).assertSuccess();
    expect(environmentOf(fn)).toEqual({ DISCONNECT_QUEUE_URL: stack.resolve(api.disconnectQueue.queueUrl) });
    expect(statementsOf(fn)).toEqual([{ Action: 'sqs:SendMessage', Resource: stack.resolve(api.disconnectQueue.queueArn) }]);
  });

  test('needs a function, or a principal', () => {
    const api = apiOf(newStack());
    expect(() => api.addDisconnector(null as never)).toThrow("'fn' must be a Lambda function of the app, got null; ");
    expect(() => api.grants.disconnect({} as never)).toThrow("'grantee' must be a principal, or what has a role, got {}; ");
  });
});

test('with a key, its use is granted as well', () => {
  const stack = newStack();
  const api = withChannels(stack, new Key(stack, 'Key'));
  const [key] = [stack.resolve((stack.node.findChild('Key') as Key).keyArn)];
  const granted = grantedBy(api, (role) => {
    api.grants.readMembers(role);
    return api.grants.disconnect(role);
  });
  const members = stack.resolve(api.membersTable!.tableArn);
  expect(granted).toEqual(expect.arrayContaining([
    { Action: 'kms:Decrypt', Resource: key }, { Action: 'kms:GenerateDataKey', Resource: key },
    { Action: 'dynamodb:GetItem', Resource: members }, { Action: 'dynamodb:Query', Resource: members },
  ]));
});

describe('grants.readMembers', () => {
  test.each<[string, () => IBroadcastWebSocketApi]>([
    ['an API', () => withChannels()], ['an imported API', () => imported({ membersTableArn: MEMBERS })],
  ])('lets a principal query the members of %s, and nothing else', (_name, apiOf) => {
    const api = apiOf();
    const members = Stack.of(api).resolve(api.membersTable!.tableArn);
    expect(grantedBy(api, (role) => api.grants.readMembers(role))).toEqual([
      { Action: 'dynamodb:GetItem', Resource: members }, { Action: 'dynamodb:Query', Resource: members },
    ]);
  });

  test('needs members', () => {
    const api = newApi();
    const role = new Role(Stack.of(api), 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    expect(() => api.grants.readMembers(role)).toThrow("'membersTable' must be there for grants.readMembers, got none for 'Test/Api'; call addChannels before, ");
    expect(() => imported().grants.readMembers(role)).toThrow("'membersTable' must be there for grants.readMembers, got none for 'Test/Imported'; ");
    expect(() => imported({ membersTableArn: 'members' })).toThrow("'membersTableArn' must be the ARN of a table, got 'members'; ");
  });
});

test('a hook may publish without a circular dependency', () => {
  const stack = newStack();
  const hook = backend(stack);
  const api = newApi(() => ({ messageHook: hook, publishAccess: ChannelAccess.anyone() }), stack);
  api.addPublisher(hook);
  api.addDisconnector(hook);
  // The assertions refuse a template with a circular dependency.
  expect(Object.keys(templateOf(api).findResources('AWS::SQS::Queue'))).toHaveLength(5);
});

describe('without it', () => {
  test('an API has no trace of it, and options of its function cause a warning', () => {
    const api = newApi();
    void api.broadcastQueue;
    expect(JSON.stringify(templateOf(api).toJSON()).match(/disconnectqueue|disconnecthandler|DELETE\/@/gi)).toBeNull();
  });
});
