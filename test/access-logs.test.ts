import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { logicalId, newApi, newStack, resourceOf, resourcesOf, templateOf } from './construct-fixture';
import { type AccessLogOptions, BroadcastWebSocketApi } from '../src';

const withLogs = (accessLogs: AccessLogOptions = {}) => newApi(() => ({ accessLogs }));
const settingsOf = (api: BroadcastWebSocketApi) => resourceOf(api.stage).Properties.AccessLogSettings;
const membersOf = (api: BroadcastWebSocketApi) => JSON.parse(settingsOf(api).Format) as Record<string, string>;

describe('accessLogs', () => {
  test('are off by default, since the first deployment into a fresh account would fail', () => {
    templateOf(newApi()).hasResourceProperties('AWS::ApiGatewayV2::Stage', { AccessLogSettings: Match.absent() });
  });

  test('go to a log group of their own that keeps a month and is deleted with the stack', () => {
    const api = withLogs();
    const group = api.node.findChild('AccessLogs') as LogGroup;
    expect(settingsOf(api).DestinationArn).toEqual(Stack.of(api).resolve(group.logGroupArn));
    expect(resourceOf(group)).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
  });

  test('go to a log group that is kept when the API says so', () => {
    const api = newApi(() => ({ accessLogs: {}, removalPolicy: RemovalPolicy.RETAIN }));
    expect(resourceOf(api.node.findChild('AccessLogs'))).toMatchObject({ DeletionPolicy: 'Retain' });
  });

  test('are one line of JSON, which says what API Gateway asks for', () => {
    const { Format } = settingsOf(withLogs());
    expect(Format).not.toContain('\n');
    expect(JSON.parse(Format)).toMatchObject({ requestId: '$context.requestId', connectionId: '$context.connectionId', status: '$context.status' });
  });

  test('contain nothing that a client chooses, and no IP address', () => {
    const variables = Object.values(membersOf(withLogs()));
    for (const variable of variables) {
      expect(variable).toMatch(/^\$context\.[a-zA-Z.]+$/);
      expect(variable).not.toMatch(/identity|userAgent|querystring|header|body|message$|messageString|principal|authorizer\.(?!status)|path|domainName/i);
    }
  });

  test('contain the IP address on request', () => {
    expect(membersOf(withLogs({ logClientIp: true })).clientIp).toBe('$context.identity.sourceIp');
    expect(membersOf(withLogs({ logClientIp: false }))).toEqual(membersOf(withLogs()));
  });

  test('can have a format of your own', () => {
    const format = AccessLogFormat.custom(`${AccessLogField.contextRequestId()} ${AccessLogField.contextStatus()}`);
    expect(settingsOf(withLogs({ format })).Format).toBe('$context.requestId $context.status');
  });

  test('can go to the user\'s own log group, or be kept for another time', () => {
    const api = newApi((stack) => ({ accessLogs: { logGroup: new LogGroup(stack, 'Mine') } }));
    expect(settingsOf(api).DestinationArn).toEqual({ 'Fn::GetAtt': [logicalId(Stack.of(api).node.findChild('Mine')), 'Arn'] });
    expect(api.node.tryFindChild('AccessLogs')).toBeUndefined();
    expect(resourceOf(withLogs({ logRetention: RetentionDays.ONE_WEEK }).node.findChild('AccessLogs')).Properties.RetentionInDays).toBe(7);
  });

  test.each<[string, (stack: Stack) => AccessLogOptions, string]>([
    ['a retention of a given log group', (stack) => ({ logGroup: new LogGroup(stack, 'Mine'), logRetention: 7 }),
      "'accessLogs.logRetention' must be left out with 'accessLogs.logGroup', got 7 days; "],
    ['an address in a given format', () => ({ format: AccessLogFormat.clf(), logClientIp: true }),
      "'accessLogs.logClientIp' must be left out with 'accessLogs.format', got true; "],
  ])('refuse %s', (_name, optionsOf, message) => {
    const stack = newStack();
    const accessLogs = optionsOf(stack);
    const before = stack.node.findAll().length;
    expect(() => new BroadcastWebSocketApi(stack, 'Api', { accessLogs })).toThrow(message);
    expect(stack.node.findAll()).toHaveLength(before);
  });
});

describe('createAccountRole', () => {
  test('is off by default: the account is not changed', () => {
    templateOf(withLogs()).resourceCountIs('AWS::ApiGateway::Account', 0);
    templateOf(newApi()).resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  test('sets the role of the account before the stage, and leaves both when the stack goes', () => {
    const api = withLogs({ createAccountRole: true });
    const [[id, account]] = Object.entries(templateOf(api).findResources('AWS::ApiGateway::Account'));
    const roleId = account.Properties.CloudWatchRoleArn['Fn::GetAtt'][0];
    const role = templateOf(api).toJSON().Resources[roleId];
    expect(resourceOf(api.stage).DependsOn).toContain(id);
    for (const resource of [account, role]) expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' } },
    ]);
    expect(JSON.stringify(role.Properties.ManagedPolicyArns)).toContain(':iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs');
  });

  test('of two APIs in one stack is set once', () => {
    const stack = newStack();
    const apis = ['One', 'Two'].map((id) => new BroadcastWebSocketApi(stack, id, { accessLogs: { createAccountRole: true } }));
    const accounts = Object.keys(templateOf(stack).findResources('AWS::ApiGateway::Account'));
    expect(accounts).toHaveLength(1);
    for (const api of apis) expect(resourceOf(api.stage).DependsOn).toContain(accounts[0]);
  });

  test('gives no function a permission', () => {
    const policies = (api: BroadcastWebSocketApi) => resourcesOf(api, 'AWS::IAM::Policy');
    expect(policies(withLogs({ createAccountRole: true }))).toEqual(policies(newApi()));
  });
});
