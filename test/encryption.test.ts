import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { eachPermission, logicalId, newApi, newStack, resourceOf, resourcesOf, statementsOf, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, FanOut, WebSocketJwtAuthorizer } from '../src';

const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/12345678-1234-1234-1234-123456789012';
const encrypted = (props: BroadcastWebSocketApiProps = {}) => newApi((stack) => ({ encryptionKey: new Key(stack, 'Key'), ...props }));
const keyOf = (api: BroadcastWebSocketApi) => ({ 'Fn::GetAtt': [logicalId(Stack.of(api).node.findChild('Key')), 'Arn'] });

/** Returns the permissions of services in the key's policy. */
function allowed(api: BroadcastWebSocketApi): { Action: string | string[]; Principal: any; Condition?: any }[] {
  const { KeyPolicy } = resourceOf(Stack.of(api).node.findChild('Key')).Properties;
  return KeyPolicy.Statement.filter(({ Principal }: any) => Principal.Service)
    .map(({ Action, ...rest }: any) => ({ ...rest, Action: inOrder(...[Action].flat()) }));
}

/** Returns a function's permissions for the key. */
function useOf(api: BroadcastWebSocketApi, handler: LambdaFunction): unknown[] {
  const statements = statementsOf(handler).filter(({ Action }) => String(Action).startsWith('kms:'));
  for (const { Resource } of statements) expect(Resource).toEqual(keyOf(api));
  return [...new Set(statements.map(({ Action }) => Action))];
}

const TABLE_USE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'];
const SENDING = ['kms:GenerateDataKey', 'kms:Decrypt'];

const inOrder = (...actions: string[]) => [...new Set(actions)].sort();

describe('encryptionKey', () => {
  test('is a key of AWS by default, which needs no permission', () => {
    const api = newApi(() => ({ fanOut: FanOut.queued(), accessLogs: {} }));
    templateOf(api).allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: Match.absent() });
    templateOf(api).allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.absent() });
    templateOf(api).allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, KmsMasterKeyId: Match.absent() });
    expect(JSON.stringify(templateOf(api).toJSON())).not.toContain('kms:');
  });

  test('encrypts the table, every queue and every log group', () => {
    const api = encrypted({ fanOut: FanOut.queued(), accessLogs: {} });
    const key = keyOf(api);
    const template = templateOf(api);
    template.allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: { KMSMasterKeyId: key, SSEEnabled: true, SSEType: 'KMS' } });
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
    template.resourceCountIs('AWS::SQS::Queue', 3);
    template.resourceCountIs('AWS::Logs::LogGroup', 4);
  });

  test('lets CloudWatch Logs of this account and region use it, and no other service', () => {
    const api = encrypted();
    const { region, account, partition, urlSuffix } = Stack.of(api);
    expect(allowed(api)).toEqual([Stack.of(api).resolve({
      Effect: 'Allow',
      Principal: { Service: `logs.${region}.${urlSuffix}` },
      Action: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      Resource: '*',
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` } },
    })]);
  });

  test('lets SNS and EventBridge use it once they publish', () => {
    const api = encrypted();
    const stack = Stack.of(api);
    new Topic(stack, 'News').addSubscription(new SqsSubscription(api.broadcastQueue, { rawMessageDelivery: true }));
    new Rule(stack, 'Hourly', { schedule: Schedule.expression('rate(1 hour)'), targets: [new SqsQueue(api.broadcastQueue)] });
    expect(allowed(api).map(({ Principal }) => JSON.stringify(Principal.Service)))
      .toEqual(expect.arrayContaining(['"sns.amazonaws.com"', '"events.amazonaws.com"']));
  });

  test('is used by the functions as they use the table', () => {
    const api = encrypted();
    expect(useOf(api, api.connectionHandler)).toEqual(inOrder(...TABLE_USE));
    expect(useOf(api, api.messageHandler)).toEqual(inOrder(...TABLE_USE));
  });

  test('is used by the functions of a queued fan-out as they use the queues', () => {
    const api = encrypted({ fanOut: FanOut.queued() });
    // The sender's row is in the table.
    expect(useOf(api, api.messageHandler)).toEqual(inOrder(...SENDING, ...TABLE_USE));
    expect(useOf(api, api.deliveryHandler)).toEqual(inOrder(...SENDING, ...TABLE_USE));
  });

  test('is used by publishers only to send', () => {
    const api = encrypted();
    const role = new Role(Stack.of(api), 'Backend', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    api.grantPublish(role);
    const [policy] = resourcesOf(api, 'AWS::IAM::Policy').filter(({ Properties }) => Properties.Roles[0].Ref === logicalId(role));
    expect(eachPermission(policy.Properties.PolicyDocument.Statement)).toEqual(eachPermission([
      { Action: SENDING, Resource: keyOf(api) }, { Action: 'sqs:SendMessage', Resource: Stack.of(api).resolve(api.broadcastQueue.queueArn) },
    ]));
  });

  test('of an imported API is used by publishers to send', () => {
    const stack = newStack();
    const api = BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(stack, 'Api', {
      webSocketApiId: 'abc123', broadcastQueueArn: 'arn:aws:sqs:eu-west-1:111111111111:broadcasts', encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN),
    });
    api.grantPublish(new Role(stack, 'Backend', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    const [policy] = resourcesOf(api, 'AWS::IAM::Policy');
    expect(eachPermission(policy.Properties.PolicyDocument.Statement)).toEqual(eachPermission([
      { Action: SENDING, Resource: KEY_ARN }, { Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:eu-west-1:111111111111:broadcasts' },
    ]));
  });

  test('can also encrypt the log group of a WebSocketJwtAuthorizer', () => {
    const api = newApi((stack) => {
      const encryptionKey = new Key(stack, 'Key');
      return { encryptionKey, authorizer: new WebSocketJwtAuthorizer({ issuer: 'https://issuer.example.com', audience: ['chat'], encryptionKey }) };
    });
    templateOf(api).allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: keyOf(api) });
    templateOf(api).resourceCountIs('AWS::Logs::LogGroup', 3);
    expect(allowed(api)).toHaveLength(1);
  });

  test('of a WebSocketJwtAuthorizer is a key of AWS by default', () => {
    const api = encrypted({ authorizer: new WebSocketJwtAuthorizer({ issuer: 'https://issuer.example.com', audience: ['chat'] }) });
    expect(resourcesOf(api, 'AWS::Logs::LogGroup').filter(({ Properties }) => !Properties.KmsKeyId)).toHaveLength(1);
  });

  test('does not change a given table', () => {
    const api = newApi((stack) => ({
      encryptionKey: new Key(stack, 'Key'),
      connectionsTable: new Table(stack, 'Table', { partitionKey: { name: 'connectionId', type: AttributeType.STRING }, timeToLiveAttribute: 'ttl' }),
    }));
    templateOf(api).allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: Match.absent() });
    expect(useOf(api, api.connectionHandler)).toEqual([]);
  });

  test('that is imported causes a warning, since log groups need its policy', () => {
    const api = newApi((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN) }));
    Annotations.fromStack(Stack.of(api)).hasWarning('/Test/Api', Match.stringLikeRegexp("'encryptionKey' should let logs.<region>.amazonaws.com use it"));
  });

  test.each([
    ['eu-west-1', 'logs.eu-west-1.amazonaws.com'], ['cn-north-1', 'logs.cn-north-1.amazonaws.com.cn'], ['us-iso-east-1', 'logs.us-iso-east-1.c2s.ic.gov'],
  ])('that is imported in %s is warned of with the name of the principal there', (region, principal) => {
    const api = newApi((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN.replace('eu-west-1', region)) }), newStack({}, { env: { region } }));
    Annotations.fromStack(Stack.of(api)).hasWarning('/Test/Api', Match.stringLikeRegexp(`'encryptionKey' should let ${principal} use it`));
  });

  test('lets nobody use it, and causes no warning, if all log groups are given', () => {
    for (const give of [(stack: Stack): IKey => new Key(stack, 'Key'), (stack: Stack): IKey => Key.fromKeyArn(stack, 'Key', KEY_ARN)]) {
      const api = newApi((stack) => {
        const options = { logGroup: new LogGroup(stack, 'Logs') };
        return { encryptionKey: give(stack), connectionHandlerOptions: options, messageHandlerOptions: options, accessLogs: options };
      });
      expect(JSON.stringify(templateOf(api).toJSON())).not.toContain('kms:EncryptionContext:aws:logs:arn');
      expect(Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue())).toEqual([]);
    }
  });

  const env = { account: '111111111111', region: 'us-east-1' };
  const elsewhere = (stack: Stack): IKey => Key.fromKeyArn(stack, 'Key', KEY_ARN);

  test('of another region is refused before anything is created', () => {
    const stack = newStack({}, { env });
    expect(() => newApi(() => ({ encryptionKey: elsewhere(stack) }), stack))
      .toThrow("'encryptionKey' must be in the region of the API, us-east-1, got eu-west-1; a key works in its own region only");
    expect(stack.node.findAll()).toHaveLength(2);
  });

  test('of this region is accepted', () => {
    const stack = newStack({}, { env: { ...env, region: 'eu-west-1' } });
    const api = newApi(() => ({ encryptionKey: elsewhere(stack) }), stack);
    templateOf(api).allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: KEY_ARN });
  });

  test('in a stack of its own makes no circular dependency', () => {
    const api = newApi((stack) => ({ encryptionKey: new Key(new Stack(stack.node.root, 'Keys'), 'Key'), fanOut: FanOut.queued() }));
    expect(() => templateOf(api)).not.toThrow();
  });
});
