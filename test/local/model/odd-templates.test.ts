import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileAsset } from '../../../local/assembly/manifest';
import type { Template } from '../../../local/assembly/template';
import { readApp, type AppModel } from '../../../local/model/app';
import { ROWS_TABLE } from '../fixtures/small-app';
import { stackOf } from '../fixtures/stack';

type Resources = NonNullable<Template['Resources']>;

const functionUri = { 'Fn::Sub': 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations' };
const ofApi = { ApiId: { Ref: 'Api' } };
const ofHttp = { ApiId: { Ref: 'Http' } };
const functionArn = { 'Fn::GetAtt': ['Function', 'Arn'] };
const queueArn = { 'Fn::GetAtt': ['Queue', 'Arn'] };

/** One of each kind of resource that is read, with every property that is read. */
const RESOURCES: Resources = {
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'a', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' } },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: {
      ...ofApi,
      StageName: 'prod',
      StageVariables: { a: 'b' },
      DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 },
      RouteSettings: { send: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 } },
    },
  },
  Authorizer: { Type: 'AWS::ApiGatewayV2::Authorizer', Properties: { ...ofApi, AuthorizerUri: functionUri, IdentitySource: ['route.request.querystring.token'] } },
  Connect: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ...ofApi, RouteKey: '$connect', Target: { 'Fn::Sub': 'integrations/${Integration}' }, AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } } },
  Route: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ...ofApi, RouteKey: 'send', Target: { 'Fn::Sub': 'integrations/${Integration}' }, ApiKeyRequired: false } },
  Integration: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ...ofApi, IntegrationType: 'AWS_PROXY', IntegrationUri: functionUri, TimeoutInMillis: 1000 } },
  Ping: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ...ofApi, RouteKey: 'ping', Target: { 'Fn::Sub': 'integrations/${Mock}' } } },
  Mock: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ...ofApi, IntegrationType: 'MOCK', RequestTemplates: { $default: '{}' }, TemplateSelectionExpression: 'x', IntegrationResponseSelectionExpression: 'y' } },
  Pong: { Type: 'AWS::ApiGatewayV2::IntegrationResponse', Properties: { ...ofApi, IntegrationId: { Ref: 'Mock' }, IntegrationResponseKey: '$default', ResponseTemplates: { $default: '{}' }, TemplateSelectionExpression: 'x' } },
  Response: { Type: 'AWS::ApiGatewayV2::RouteResponse', Properties: { ...ofApi, RouteId: { Ref: 'Route' } } },
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'f',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: 'exports.handler = 1;' },
      Timeout: 3,
      MemorySize: 128,
      PackageType: 'Zip',
      ReservedConcurrentExecutions: 2,
      Layers: [{ Ref: 'Layer' }],
      Environment: { Variables: { TABLE: { Ref: 'Table' } } },
    },
  },
  Layer: { Type: 'AWS::Lambda::LayerVersion', Properties: { LayerName: 'l', Content: { S3Bucket: 'b', S3Key: 'k' } } },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Function' }, Name: 'live', FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] } } },
  Table: {
    ...ROWS_TABLE,
    Properties: {
      ...ROWS_TABLE.Properties,
      TableName: 't',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      GlobalSecondaryIndexes: [{ IndexName: 'i', KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } }],
      LocalSecondaryIndexes: [],
    },
  },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'q',
      VisibilityTimeout: 1,
      DelaySeconds: 1,
      MessageRetentionPeriod: 60,
      ReceiveMessageWaitTimeSeconds: 1,
      MaximumMessageSize: 1024,
      FifoQueue: false,
      ContentBasedDeduplication: false,
      RedrivePolicy: { deadLetterTargetArn: queueArn, maxReceiveCount: 2 },
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: queueArn,
      FunctionName: { Ref: 'Function' },
      Enabled: true,
      BatchSize: 1,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  Rule: { Type: 'AWS::Events::Rule', Properties: { Name: 'r', State: 'ENABLED', ScheduleExpression: 'rate(1 minute)', Targets: [{ Arn: functionArn, Input: '{}' }] } },
  Schedule: { Type: 'AWS::Scheduler::Schedule', Properties: { Name: 's', GroupName: 'g', State: 'ENABLED', ScheduleExpression: 'rate(1 minute)', Target: { Arn: queueArn } } },
  Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://s3/x.json', Parameters: { a: 'b' } } },
  Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/p', Type: 'String', Value: 'v' } },
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 's', SecretString: 'v', GenerateSecretString: { PasswordLength: 8 } } },
  Http: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: {
      Name: 'h',
      ProtocolType: 'HTTP',
      CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['GET'], AllowHeaders: ['a'], ExposeHeaders: ['b'], MaxAge: 1, AllowCredentials: false },
      Target: functionArn,
      RouteKey: 'GET /quick',
    },
  },
  HttpStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ...ofHttp, StageName: '$default', StageVariables: { a: 'b' }, DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 } } },
  HttpRoute: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ...ofHttp, RouteKey: 'GET /a', Target: { 'Fn::Sub': 'integrations/${HttpIntegration}' }, AuthorizationType: 'JWT', AuthorizerId: { Ref: 'Jwt' }, AuthorizationScopes: ['s'] },
  },
  HttpOther: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ...ofHttp, RouteKey: '$default', Target: { 'Fn::Sub': 'integrations/${HttpIntegration}' }, AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Guard' } } },
  HttpIntegration: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ...ofHttp, IntegrationType: 'AWS_PROXY', IntegrationUri: functionArn, PayloadFormatVersion: '2.0', TimeoutInMillis: 1000 } },
  Jwt: { Type: 'AWS::ApiGatewayV2::Authorizer', Properties: { ...ofHttp, AuthorizerType: 'JWT', IdentitySource: ['$request.header.A'], JwtConfiguration: { Issuer: 'https://i.example.com', Audience: ['a'] } } },
  Guard: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    Properties: {
      ...ofHttp, AuthorizerType: 'REQUEST', AuthorizerUri: functionUri, IdentitySource: ['$request.header.A'], AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true, AuthorizerResultTtlInSeconds: 1,
    },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'b' } },
  Waiting: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: 'w',
      State: 'ENABLED',
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['a'], detail: { b: [{ prefix: 'c' }] } },
      Targets: [
        { Arn: functionArn, InputPath: '$.detail' },
        { Arn: queueArn, InputTransformer: { InputPathsMap: { a: '$.detail.a' }, InputTemplate: '<a>' }, SqsParameters: { MessageGroupId: 'g' } },
        { Arn: { Ref: 'Topic' } },
      ],
    },
  },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 't', FifoTopic: false, ContentBasedDeduplication: false, Subscription: [{ Protocol: 'lambda', Endpoint: functionArn }] } },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: queueArn, RawMessageDelivery: true, FilterPolicy: { a: ['b', { exists: true }] }, FilterPolicyScope: 'MessageBody' },
  },
  Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UserPoolName: 'p' } },
  Client: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: { Ref: 'Pool' } } },
};

/** Values that a template may have instead, resolvable or not. */
const ODD: Readonly<Record<string, unknown>> = {
  'Ref to nothing': { Ref: 'Missing' },
  'Ref to an SSM parameter': { Ref: 'Stored' },
  'Ref to a list': { Ref: 'List' },
  'Ref to NoValue': { Ref: 'AWS::NoValue' },
  'GetAtt': { 'Fn::GetAtt': ['Api', 'Nothing'] },
  'GetAtt of itself': { 'Fn::GetAtt': ['Function', 'Arn'] },
  'Join': { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }]] },
  'Join of lists': { 'Fn::Join': ['-', [['a']]] },
  'Split': { 'Fn::Split': ['-', 'a-b'] },
  'Select': { 'Fn::Select': [7, ['a']] },
  'Sub': { 'Fn::Sub': '${constructor}-${__proto__}' },
  'Base64': { 'Fn::Base64': 'a' },
  'ImportValue': { 'Fn::ImportValue': 'nothing' },
  'GetStackOutput': { 'Fn::GetStackOutput': { StackName: 'S', OutputName: 'O' } },
  'FindInMap': { 'Fn::FindInMap': ['Map', 'a', 'b'] },
  'If of an unknown condition': { 'Fn::If': ['Unknown', 1, 2] },
  'Equals': { 'Fn::Equals': ['a', 'b'] },
  'GetAZs': { 'Fn::GetAZs': '' },
  'Cidr': { 'Fn::Cidr': ['10.0.0.0/16', 1, 8] },
  'Transform': { 'Fn::Transform': { Name: 'AWS::Include' } },
  'Length': { 'Fn::Length': ['a'] },
  'ToJsonString': { 'Fn::ToJsonString': { a: 1 } },
  'a dynamic reference': 'x{{resolve:secretsmanager:s:SecretString:k}}',
  'null': null,
};

interface Place { readonly where: string; readonly replace: (value: unknown) => Resources }

/** Returns every property, and every member and item inside. */
function places(): Place[] {
  const found: Place[] = [];
  const visit = (path: readonly string[], value: unknown): void => {
    if (path.length > 2) {
      found.push({
        where: path.join('.').replace('.Properties.', ' '),
        replace: (odd) => {
          const resources = JSON.parse(JSON.stringify(RESOURCES)) as Resources;
          const around = path.slice(0, -1).reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, { ...resources });
          around[path[path.length - 1]] = odd;
          return resources;
        },
      });
    }
    if (typeof value === 'object' && value !== null) {
      for (const [key, each] of Object.entries(value)) if (path.length !== 1 || key === 'Properties') visit([...path, key], each);
    }
  };
  visit([], RESOURCES);
  return found;
}

/** An app without anything to serve is refused. */
const OTHER = stackOf({ Resources: { Api: RESOURCES.Api, Stage: RESOURCES.Stage } }, { id: 'Other', constructPath: (id) => `Other/${id}` });

let scratch: string;
let assets: Map<string, FileAsset>;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'odd-'));
  writeFileSync(join(scratch, 'nested.json'), '{}');
  assets = new Map([['k', { path: scratch, packaging: 'zip' }], ['x.json', { path: join(scratch, 'nested.json'), packaging: 'file' }]]);
});

afterAll(() => rmSync(scratch, { recursive: true }));

const readResources = (Resources: Resources, more: Template = {}) => readApp([stackOf({ ...more, Resources }, { assets }), OTHER], { account: '1', region: 'eu-west-1' }, scratch);

const EACH = Object.entries(ODD).map(([name, odd], index) => [name, odd, index] as const);

test('the unchanged template is read completely', async () => {
  const { notices } = await readResources(RESOURCES);
  expect(notices).toEqual([
    'AWS::Cognito::UserPool is not emulated: Stack/Pool',
    'AWS::Cognito::UserPoolClient is not emulated: Stack/Client',
    'Stack/Table: streams are not emulated',
  ]);
});

test.each(EACH)('an app with %s in place of a value is served without the part that needs it', async (_name, odd, index) => {
  const refused: string[] = [];
  // Every third place, to save time: each odd value meets a third of the places.
  for (const { where, replace } of places().filter((_place, number) => number % 3 === index % 3)) {
    const Parameters = { Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' }, List: { Type: 'CommaDelimitedList', Default: 'a,b' } };
    try {
      const { apis } = await readResources(replace(odd), { Parameters });
      if (!apis.some(({ path, stages, routes }) => path === 'Stack/Api' && stages.length > 0 && routes.has('ping'))) refused.push(where);
    } catch (error) {
      refused.push(`${where}: ${(error as Error).message}`);
    }
  }
  // A part with another key, or of another resource, is not there.
  expect(refused.filter((where) => !/^(Ping RouteKey|(Ping|Stage) ApiId(\.Ref)?|Api ProtocolType)$/.test(where))).toEqual([]);
});

test('a value that cannot be resolved is reported by the path of its construct, or changes nothing', async () => {
  const whole = await readResources(RESOURCES);
  const unnamed: string[] = [];
  for (const { where, replace } of places()) {
    const app = await readResources(replace({ Ref: 'Missing' }));
    const isNamed = app.notices.some((notice) => !whole.notices.includes(notice) && notice.includes(`Stack/${where.split(' ')[0]}`) && /cannot be resolved|is not set/.test(notice));
    if (!isNamed && served(app) !== served(whole)) unnamed.push(where);
  }
  expect(unnamed).toEqual([]);
});

/** Returns everything that is served, in a comparable form. */
function served({ notices: _notices, stored: _stored, ...app }: AppModel): string {
  return JSON.stringify(app, (_key, value: unknown) => (value instanceof Map ? [...value] as unknown : value));
}
