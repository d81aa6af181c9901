import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileAsset } from '../../../local/assembly/manifest';
import type { Template } from '../../../local/assembly/template';
import { readApp, type AppModel } from '../../../local/model/app';
import { ROWS_TABLE } from '../fixtures/small-app';
import { stackOf } from '../fixtures/stack';
import { zipOf } from '../fixtures/zip';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'model-'));
});

afterEach(() => rmSync(scratch, { recursive: true }));

type Resources = NonNullable<Template['Resources']>;

const api: Resources = {
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: 'prod' } },
};

function route(key: string, integration: Record<string, unknown>, properties: Record<string, unknown> = {}): Resources {
  return {
    [`${key}Route`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ApiId: { Ref: 'Api' }, RouteKey: key, Target: { 'Fn::Sub': `integrations/\${${key}Integration}` }, ...properties },
    },
    [`${key}Integration`]: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ApiId: { Ref: 'Api' }, ...integration } },
  };
}

const toFunction = {
  IntegrationType: 'AWS_PROXY',
  IntegrationUri: { 'Fn::Sub': 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations' },
};

const toOther = { ...toFunction, IntegrationUri: { 'Fn::Sub': toFunction.IntegrationUri['Fn::Sub'].replace('Function', 'Other') } };

const toSame = { ...toFunction, IntegrationUri: { 'Fn::Sub': toFunction.IntegrationUri['Fn::Sub'].replace('Function', 'Same') } };

function lambda(properties: Record<string, unknown>): Resources {
  const defaults = { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: 'exports.handler = async () => ({});' } };
  return { Function: { Type: 'AWS::Lambda::Function', Properties: { ...defaults, ...properties } } };
}

function read(resources: Resources, assets: Record<string, FileAsset> = {}): Promise<AppModel> {
  return readApp([stackOf({ Resources: resources }, { assets: new Map(Object.entries(assets)) })], { account: '1', region: 'eu-west-1' }, scratch);
}

describe('functions', () => {
  test('have the limits and variables of the template', async () => {
    const { functions: [model] } = await read({
      ...api,
      ...route('send', toFunction),
      ...lambda({ Timeout: 28, MemorySize: 1024, ReservedConcurrentExecutions: 2, Environment: { Variables: { REGION: { Ref: 'AWS::Region' } } } }),
    });
    expect(model).toMatchObject({
      path: 'Stack/Function', timeoutSeconds: 28, memoryMegabytes: 1024, concurrency: 2, runtime: 'nodejs24.x', variables: { REGION: 'eu-west-1' },
    });
  });

  test('have the defaults of Lambda', async () => {
    const { functions: [model] } = await read({ ...api, ...route('send', toFunction), ...lambda({}) });
    expect(model).toMatchObject({ timeoutSeconds: 3, memoryMegabytes: 128, variables: {} });
    expect(readFileSync(join(model.directory, 'index.js'), 'utf8')).toContain('exports.handler');
  });

  test('that no route invokes are left alone, whatever they are', async () => {
    const { functions, notices } = await read({ ...api, ...lambda({ Environment: { Variables: { X: { 'Fn::GetAtt': ['Function', 'Nothing'] } } } }) });
    expect(functions).toEqual([]);
    expect(notices).toEqual([]);
  });

  test.each([
    ['of another runtime', { Runtime: 'java21' }, 'runtime java21 is not emulated (nodejs and python are)'],
    ['of a container image', { PackageType: 'Image', Runtime: undefined }, 'functions from container images are not emulated'],
  ])('%s are named', async (_what, properties, why) => {
    const { functions, notices } = await read({ ...api, ...route('send', toFunction), ...lambda(properties) });
    expect(functions).toEqual([]);
    expect(notices).toEqual([`Stack/Function: ${why}; what invokes it gets an error`]);
  });

  test('run from the folder of their asset', async () => {
    const path = join(scratch, 'asset');
    mkdirSync(path);
    const resources = { ...api, ...route('send', toFunction), ...lambda({ Code: { S3Bucket: 'b', S3Key: 'key.zip' } }) };
    expect((await read(resources, { 'key.zip': { path, packaging: 'zip' } })).functions[0].directory).toBe(path);
  });

  test('that are zip files are unpacked, once for all that share one', async () => {
    const path = join(scratch, 'asset.zip');
    writeFileSync(path, zipOf([{ name: 'index.js', content: 'exports.handler = 1;' }]));
    const Code = { S3Bucket: 'b', S3Key: 'key.zip' };
    const { Function: first } = lambda({ Code });
    const resources = { ...api, ...route('send', toFunction), ...lambda({ Code }), ...route('other', toOther), Other: first };
    const { functions } = await read(resources, { 'key.zip': { path, packaging: 'file' } });
    expect(functions).toHaveLength(2);
    expect(new Set(functions.map(({ directory }) => directory)).size).toBe(1);
    expect(readFileSync(join(functions[0].directory, 'index.js'), 'utf8')).toBe('exports.handler = 1;');
  });

  test('whose zip file cannot be unpacked leave no incomplete folder for others', async () => {
    const path = join(scratch, 'asset.zip');
    writeFileSync(path, zipOf([{ name: 'index.js', content: 'exports.handler = 1;' }, { name: '../evil' }]));
    const Code = { S3Bucket: 'b', S3Key: 'key.zip' };
    const resources = { ...api, ...route('send', toFunction), ...lambda({ Code }) };
    for (const _attempt of [1, 2]) {
      await expect(read(resources, { 'key.zip': { path, packaging: 'file' } })).rejects.toThrow('the code of Stack/Function cannot be unpacked');
    }
  });

  test('in Python run with the python3 that is found, and inline code becomes index.py', async () => {
    const Code = { ZipFile: 'def handler(event, context): pass' };
    const { functions: [model] } = await read({ ...api, ...route('send', toFunction), ...lambda({ Runtime: 'python3.13', Code }) });
    expect(readFileSync(join(model.directory, 'index.py'), 'utf8')).toBe(Code.ZipFile);
    const { PATH } = process.env;
    process.env.PATH = scratch;
    const { functions, notices } = await read({ ...api, ...route('send', toFunction), ...lambda({ Runtime: 'python3.13', Code }) });
    process.env.PATH = PATH;
    expect(functions).toEqual([]);
    expect(notices).toEqual(['Stack/Function: runtime python3.13 needs python3, which is not on the PATH; what invokes it gets an error']);
  });

  test('have the layers of the app, the last one first; layers outside the app are reported', async () => {
    const layer = (S3Key: string) => ({ Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Bucket: 'b', S3Key } } });
    const elsewhere = 'arn:aws:lambda:eu-west-1:017000801446:layer:Powertools:1';
    const { functions: [model], notices } = await read({
      ...api, ...route('send', toFunction), ...lambda({ Layers: [{ Ref: 'One' }, elsewhere, { Ref: 'Two' }] }), One: layer('1'), Two: layer('2'),
    }, { 1: { path: '/', packaging: 'zip' }, 2: { path: scratch, packaging: 'zip' } });
    expect(model.layers).toEqual([scratch, '/']);
    expect(model.codeId).toMatch(/^\w{64},2,1$/);
    expect(notices).toEqual([`Stack/Function: its layer ${elsewhere} is not available here: it is left out`]);
  });

  test('have layers of other stacks', async () => {
    const layer = { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Bucket: 'b', S3Key: '1' } } };
    const shared = stackOf({ Resources: { One: layer }, Outputs: { One: { Value: { Ref: 'One' }, Export: { Name: 'the-layer' } } } },
      { id: 'Shared', stackName: 'Shared', assets: new Map([['1', { path: scratch, packaging: 'zip' }]]) });
    const own = stackOf({ Resources: { ...api, ...route('send', toFunction), ...lambda({ Layers: [{ 'Fn::ImportValue': 'the-layer' }] }) } });
    const { functions: [model], notices } = await readApp([shared, own], { account: '1', region: 'eu-west-1' }, scratch);
    expect(model.layers).toEqual([scratch]);
    expect(notices).toEqual([]);
  });

  test('with extensions in their layers, or a wrapper script, are reported, because these are not run', async () => {
    mkdirSync(join(scratch, 'extensions'));
    const { notices } = await read({
      ...api,
      ...route('send', toFunction),
      ...lambda({ Layers: [{ Ref: 'One' }], Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrap' } } }),
      One: { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Bucket: 'b', S3Key: '1' } } },
    }, { 1: { path: scratch, packaging: 'zip' } });
    expect(notices).toEqual(['Stack/Function: its wrapper script /opt/wrap is not run', 'Stack/Function: the extensions in its layers are not run']);
  });

  test.each([
    ['cannot be unpacked', (): Record<string, FileAsset> => {
      writeFileSync(join(scratch, 'code.txt'), 'text');
      return { 'key.zip': { path: join(scratch, 'code.txt'), packaging: 'file' } };
    }, /^the code of Stack\/Function cannot be unpacked: .*code\.txt: .*not a zip file.*[^.]; use an asset made of a directory or a zip file$/],
    ['is missing', (): Record<string, FileAsset> => ({ 'key.zip': { path: join(scratch, 'gone'), packaging: 'zip' } }),
      /^the code of Stack\/Function is missing: .*gone does not exist; build the bundle if you have not, then synthesise again$/],
  ])('whose code %s are an error', async (_what, assets, message) => {
    const resources = { ...api, ...route('send', toFunction), ...lambda({ Code: { S3Bucket: 'b', S3Key: 'key.zip' } }) };
    await expect(read(resources, assets())).rejects.toThrow(message);
  });

  test('with a variable that only AWS knows run without it, and it is reported', async () => {
    const Variables = { SECRET: '{{resolve:secretsmanager:x}}', POOL: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] }, OTHER: 'set' };
    const Pool = { Type: 'AWS::Logs::LogGroup' };
    const { functions: [model], notices } = await read({ ...api, ...route('send', toFunction), ...lambda({ Environment: { Variables } }), Pool });
    expect(model.variables).toEqual({ OTHER: 'set' });
    expect(notices).toEqual([
      "Stack/Function: its variable SECRET is not set: the secret 'x' is known only on AWS; pass --secret x=VALUE",
      "Stack/Function: its variable POOL is not set: attribute 'ProviderURL' of Stack/Pool (AWS::Logs::LogGroup) is known only on AWS",
    ]);
  });

  test('may have variables that depend on a condition', async () => {
    const template = {
      Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] } },
      Resources: {
        ...api,
        ...route('send', toFunction),
        ...lambda({ Environment: { Variables: { 'Fn::If': ['Yes', { A: '1', B: { Ref: 'AWS::NoValue' } }, {}] } } }),
      },
    };
    expect((await readApp([stackOf(template)], { account: '1', region: 'eu-west-1' }, scratch)).functions[0].variables).toEqual({ A: '1' });
  });
});

describe('APIs', () => {
  test('that are not WebSocket APIs are left out', async () => {
    await expect(read({ Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } } }))
      .rejects.toThrow('no WebSocket API in this cloud assembly: nothing to serve');
  });

  test('return responses only on routes with a route response', async () => {
    const { apis: [{ routes }] } = await read({
      ...api,
      ...route('ask', toFunction),
      ...route('send', toFunction),
      ...lambda({}),
      Response: { Type: 'AWS::ApiGatewayV2::RouteResponse', Properties: { ApiId: { Ref: 'Api' }, RouteId: { Ref: 'askRoute' }, RouteResponseKey: '$default' } },
    });
    expect([...routes.values()].map(({ key, returnsResponse }) => [key, returnsResponse])).toEqual([['ask', true], ['send', false]]);
  });

  test('ask the function of their authorizer', async () => {
    const { apis: [{ arn, routes }], functions } = await read({
      ...api,
      ...route('$connect', { IntegrationType: 'MOCK' }, { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } }),
      ...lambda({}),
      Authorizer: {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: { ApiId: { Ref: 'Api' }, AuthorizerUri: toFunction.IntegrationUri, IdentitySource: ['route.request.querystring.token'] },
      },
    });
    expect(functions.map(({ path }) => path)).toEqual(['Stack/Function']);
    expect(routes.get('$connect')?.authorizer).toEqual({ functionArn: functions[0].arn, identitySources: ['route.request.querystring.token'] });
    expect(arn).toMatch(/^arn:aws:execute-api:eu-west-1:1:[a-z0-9]{10}$/);
  });

  test('may have their parts in several stacks', async () => {
    const imported = (resources: Resources) => JSON.parse(JSON.stringify(resources).replaceAll('{"Ref":"Api"}', '{"Fn::ImportValue":"ApiId"}')) as Resources;
    const { apis, functions } = await readApp([
      stackOf({ Resources: { Api: api.Api }, Outputs: { Id: { Value: { Ref: 'Api' }, Export: { Name: 'ApiId' } } } }),
      stackOf({ Resources: imported({ Stage: api.Stage, ...route('send', toFunction), ...lambda({}) }) }, { id: 'Other', constructPath: (id) => `Other/${id}` }),
      // Another API's, which is not in the assembly.
      stackOf({ Resources: { Route: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { 'Fn::ImportValue': 'nobody' } } } } }, { id: 'Third' }),
    ], { account: '1', region: 'eu-west-1' }, scratch);
    expect(apis).toMatchObject([{ path: 'Stack/Api', stages: [{ name: 'prod' }] }]);
    expect([...apis[0].routes.keys()]).toEqual(['send']);
    expect(functions.map(({ path }) => path)).toEqual(['Other/Function']);
  });

  test('give up on an integration at its own time limit', async () => {
    const { apis: [{ routes }] } = await read({ ...api, ...route('send', { ...toFunction, TimeoutInMillis: 5000 }), ...lambda({}) });
    expect(routes.get('send')?.integration).toMatchObject({ type: 'lambda', timeoutMillis: 5000 });
  });

  test('have the throttles of their stages', async () => {
    const Stage = {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId: { Ref: 'Api' },
        StageName: 'prod',
        DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500 },
        RouteSettings: { send: { ThrottlingRateLimit: '5' }, other: { DataTraceEnabled: true } },
      },
    };
    const { apis: [{ stages }], notices } = await read({ ...api, Stage });
    expect(stages).toMatchObject([{ throttle: { rate: 500, burst: 500 }, routeThrottles: { send: { rate: 5, burst: undefined } } }]);
    expect(Object.keys(stages[0].routeThrottles!)).toEqual(['send']);
    expect(notices).toEqual(["Stack/Stage: the settings of route 'send' have only one of rate and burst; the other one is not limited here, but may be 0 on AWS"]);
  });

  test.each<[string, Resources, string]>([
    ['a template in Velocity', route('send', { IntegrationType: 'MOCK', RequestTemplates: { $default: '#set($a = 1){"statusCode":200}' } }),
      'Stack/sendRoute: Velocity templates are not evaluated; they are taken as they are written'],
    ['a selection expression of something else', route('send', { IntegrationType: 'MOCK', TemplateSelectionExpression: '$context.stage' }),
      'Stack/sendRoute: the selection expression $context.stage is not evaluated; it selects $default'],
    ['API keys', route('$default', { IntegrationType: 'MOCK' }, { ApiKeyRequired: true }),
      'Stack/$defaultRoute: API keys are not emulated; requests need none'],
    ['authorization', route('$default', { IntegrationType: 'MOCK' }, { AuthorizationType: 'AWS_IAM' }),
      'Stack/$defaultRoute: AWS_IAM authorization is not emulated; every client is let in'],
    ['another integration', route('send', { IntegrationType: 'HTTP_PROXY' }),
      "Stack/sendRoute: HTTP_PROXY integration is not emulated; route 'send' answers with an error"],
    ...[
      'AWS::Lambda::Url', 'AWS::Lambda::EventInvokeConfig', 'AWS::ApiGatewayV2::Model',
      'AWS::Logs::SubscriptionFilter', 'AWS::EC2::Instance', 'AWS::S3::Bucket', 'AWS::Pipes::Pipe',
    ].map((Type): [string, Resources, string] => [`two of ${Type}`, { One: { Type }, Two: { Type } }, `${Type} is not emulated: Stack/One, Stack/Two`]),
    ['a resource that matters', { Stream: { Type: 'AWS::Kinesis::Stream' } }, 'AWS::Kinesis::Stream is not emulated: Stack/Stream'],
    ['a table with a stream', { Table: { ...ROWS_TABLE, Properties: { ...ROWS_TABLE.Properties, StreamSpecification: {} } } },
      'Stack/Table: streams are not emulated'],
  ])('whose app has %s say so', async (_what, resources, notice) => {
    expect((await read({ ...api, ...resources })).notices).toEqual([notice]);
  });

  test('with a route to a missing function are served, and the function is reported', async () => {
    const { apis: [{ routes }], notices } = await read({
      ...api,
      ...route('$connect', { IntegrationType: 'MOCK' }, { AuthorizationType: 'CUSTOM', AuthorizerId: 'gone' }),
      ...route('far', { ...toFunction, IntegrationUri: 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:elsewhere/invocations' }),
      ...route('bought', toFunction),
      ...lambda({ Code: { S3Bucket: 'b', S3Key: 'bought.zip' } }),
      loose: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { Ref: 'Api' }, RouteKey: 'loose', Target: 'integrations/gone' } },
      Seed: { Type: 'Custom::AWS', Properties: {} },
    });
    expect([...routes.keys()]).toEqual(['$connect', 'far', 'bought', 'loose']);
    expect(routes.get('$connect')).toMatchObject({ authorization: 'CUSTOM', authorizer: undefined });
    expect(notices).toEqual([
      "Stack/$connectRoute: its authorizer 'gone' is not in this cloud assembly: nobody is let in",
      "Stack/Function: its code is not an asset of the cloud assembly (S3 key 'bought.zip'); what invokes it gets an error",
      'Custom::AWS is not run, although AWS runs it when the app is deployed: Stack/Seed',
      "Stack/looseRoute: the target 'integrations/gone', which is not in this cloud assembly, is not emulated; route 'loose' answers with an error",
      "Stack/farRoute: the function elsewhere is not in this cloud assembly; route 'far' answers with an error",
    ].map((notice) => notice.replace('looseRoute', 'loose')));
  });

  test('without a stage are reported', async () => {
    await expect(read({ Api: api.Api })).rejects.toThrow('no stage of a WebSocket API in this cloud assembly: nothing to serve');
  });
});

describe('queues and event source mappings', () => {
  const queue: Resources = {
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { VisibilityTimeout: 90, RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 } },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead', DelaySeconds: 1 } },
  };
  const mapping = (properties: Record<string, unknown>): Resources => ({
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Function' }, ...properties },
    },
  });

  test('have the settings of the template, and URLs that functions get', async () => {
    const { queues, eventSources, functions, notices } = await read({
      ...api,
      ...queue,
      ...lambda({ Environment: { Variables: { URL: { Ref: 'Queue' } } } }),
      ...mapping({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 4 }, FunctionResponseTypes: ['ReportBatchItemFailures'] }),
    });
    expect(queues).toMatchObject([
      { visibilityTimeoutSeconds: 90, retentionSeconds: 345600, redrive: { targetArn: 'arn:aws:sqs:eu-west-1:1:dead', maxReceiveCount: 3 } },
      { name: 'dead', delaySeconds: 1, visibilityTimeoutSeconds: 30, redrive: undefined },
    ]);
    expect(functions[0].variables).toEqual({ URL: queues[0].url });
    expect(queues[0].url).toBe(`https://sqs.eu-west-1.amazonaws.com/1/${queues[0].name}`);
    expect(eventSources).toMatchObject([{
      queueArn: queues[0].arn, functionArn: functions[0].arn, batchSize: 1, concurrency: 4, reportsFailures: true,
    }]);
    expect(notices).toEqual([]);
  });

  test('whose function cannot be resolved invoke nothing, and are reported', async () => {
    const { functions, notices } = await read({ ...api, ...queue, ...lambda({ Handler: '{{resolve:ssm:/handler}}' }), ...mapping({}) });
    expect(functions).toEqual([]);
    expect(notices).toEqual([expect.stringMatching(/^Stack\/Function: its Handler cannot be resolved: .*; what invokes it gets an error$/)]);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['disabled', { Enabled: false }, []],
    ['of a stream', { EventSourceArn: 'arn:aws:kinesis:eu-west-1:1:stream/x' }, ['Stack/Mapping: event sources other than SQS queues are not emulated']],
    ['with a filter', { FilterCriteria: {} }, ['Stack/Mapping: filters of event sources are not emulated; nothing is polled']],
  ])('are not polled by an event source %s', async (_what, properties, notices) => {
    const app = await read({ ...api, ...queue, ...lambda({}), ...mapping(properties) });
    expect(app).toMatchObject({ eventSources: [], functions: [], notices });
  });

  test('of another app are reported', async () => {
    const { notices } = await read({ ...api, ...lambda({}), ...mapping({ EventSourceArn: 'arn:aws:sqs:eu-west-1:1:other' }) });
    expect(notices).toEqual(['Stack/Mapping: its queue is not in this cloud assembly: nothing is polled']);
  });
});

describe('schedules', () => {
  const target = { Arn: { 'Fn::GetAtt': ['Function', 'Arn'] }, Input: '{"a":1}' };

  test.each<[string, Resources, object]>([
    ['of EventBridge rules', { Rule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(5 minutes)', Targets: [target] } } },
      { source: 'aws.events', intervalMillis: 300_000 }],
    ['of EventBridge Scheduler', { Rule: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: 'rate(1 hour)', Target: target } } },
      { source: 'aws.scheduler', intervalMillis: 3_600_000 }],
  ])('%s run their functions', async (_what, resources, expected) => {
    const { schedules, functions } = await read({ ...api, ...lambda({}), ...resources });
    expect(schedules).toMatchObject([{ ...expected, targets: [{ arn: functions[0].arn, type: 'lambda', input: { kind: 'constant', text: '{"a":1}' } }] }]);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['disabled', { State: 'DISABLED' }, []],
    ['by cron', { ScheduleExpression: 'cron(0 12 * * ? *)' }, ['Stack/Rule: only rates are emulated, not cron(0 12 * * ? *); it never fires']],
    ['by nothing', { ScheduleExpression: undefined }, ['Stack/Rule: only rates are emulated, not schedules that cannot be read; it never fires']],
  ])('do not fire %s', async (_what, properties, notices) => {
    const Rule = { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(5 minutes)', Targets: [target], ...properties } };
    await expect(read({ ...api, ...lambda({}), Rule })).resolves.toMatchObject({ schedules: [], functions: [], notices });
  });
});

describe('an event rule or a topic subscription', () => {
  const functionArn = { 'Fn::GetAtt': ['Function', 'Arn'] };
  const pattern = { source: ['orders'], detail: { price: [{ numeric: ['>', 1] }] } };
  const Topic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 't' } };
  const topicArn = 'arn:aws:sns:eu-west-1:1:t';

  test('may be a rule with a pattern and inputs for its targets', async () => {
    const Targets = [
      { Arn: functionArn, InputPath: '$.detail' },
      { Arn: { Ref: 'Topic' }, InputTransformer: { InputPathsMap: { a: '$.detail.a' }, InputTemplate: '<a>' } },
      { Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, SqsParameters: { MessageGroupId: 'g' } },
      { Arn: 'arn:aws:kinesis:eu-west-1:1:stream/s' },
      { Arn: 'arn:aws:sqs:eu-west-1:1:elsewhere' },
    ];
    const Rule = { Type: 'AWS::Events::Rule', Properties: { EventBusName: { Ref: 'Bus' }, EventPattern: pattern, Targets } };
    const { rules, schedules, functions, notices } = await read({
      ...api, ...lambda({}), Rule, Topic, Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'mine' } }, Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
    });
    expect(rules).toMatchObject([{ path: 'Stack/Rule', bus: { name: 'mine', region: 'eu-west-1' }, pattern, arn: expect.stringMatching(/:rule\/mine\/Stack-Rule-/) }]);
    expect(rules[0].targets.map(({ type, input, messageGroupId }) => [type, input, messageGroupId])).toEqual([
      ['lambda', { kind: 'path', path: '$.detail' }, undefined],
      ['sns', { kind: 'template', template: '<a>', paths: { a: '$.detail.a' } }, undefined],
      ['sqs', { kind: 'event' }, 'g'],
      ['unsupported', { kind: 'event' }, undefined],
      ['sqs', { kind: 'event' }, undefined],
    ]);
    expect([schedules, functions.map(({ path }) => path)]).toEqual([[], ['Stack/Function']]);
    expect(notices).toEqual([
      'Stack/Rule: only functions, queues, topics and event buses are emulated as targets, got arn:aws:kinesis:eu-west-1:1:stream/s; it gets nothing',
      'Stack/Rule: its target arn:aws:sqs:eu-west-1:1:elsewhere is not in this cloud assembly; it gets nothing',
    ]);
  });

  test('may be a subscription, as a resource or in the topic', async () => {
    const { topics, subscriptions, functions, notices } = await read({
      ...api,
      ...lambda({}),
      Topic: { ...Topic, Properties: { ...Topic.Properties, Subscription: [{ Protocol: 'lambda', Endpoint: functionArn }, { Protocol: 'email', Endpoint: 'a@example.com' }] } },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] }, RawMessageDelivery: true, FilterPolicy: { kind: ['a'] }, FilterPolicyScope: 'MessageBody' },
      },
      Other: { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: `${topicArn}2`, Protocol: 'lambda', Endpoint: functionArn } },
      Mail: { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: topicArn, Protocol: 'https', Endpoint: 'https://example.com' } },
    });
    expect(topics).toMatchObject([{ path: 'Stack/Topic', arn: topicArn, isFifo: false }]);
    expect(subscriptions.map(({ path, protocol, isRaw, filter }) => [path, protocol, isRaw, filter])).toEqual([
      ['Stack/Topic', 'lambda', false, undefined],
      ['Stack/Subscription', 'sqs', true, { pattern: { kind: ['a'] }, isOfBody: true }],
      ['Stack/Other', 'lambda', false, undefined],
    ]);
    expect(functions.map(({ path }) => path)).toEqual(['Stack/Function']);
    expect([...notices].sort()).toEqual([
      'Stack/Mail: only functions and queues are emulated as subscribers, got https; it gets nothing',
      'Stack/Other: its topic arn:aws:sns:eu-west-1:1:t2 is not in this cloud assembly; it gets nothing',
      'Stack/Topic: only functions and queues are emulated as subscribers, got email; it gets nothing',
    ]);
  });
});

test('an API with more routes than API Gateway allows is served, and that is reported', async () => {
  const keys = Array.from({ length: 301 }, (_, index) => `route${index}`);
  const routes: Resources = Object.assign({}, ...keys.map((key) => route(key, { IntegrationType: 'MOCK' })));
  const { apis: [{ routes: read301 }], notices } = await read({ ...api, ...routes });
  expect(read301.size).toBe(301);
  expect(notices).toEqual(['Stack/Api has 301 routes; API Gateway takes 300, unless the quota of the account is higher']);
});

test.each<[string, Resources, string, 'tables' | 'queues', number]>([
  ['tables', { Same: { ...ROWS_TABLE, Properties: { ...ROWS_TABLE.Properties, TableName: 'same' } } }, 'both are one table here', 'tables', 1],
  ['queues', { Same: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'same' } } }, 'a caller that names it gets that one', 'queues', 2],
])('%s of two regions that have the same name are named, by their paths', async (_what, resources, consequence, kind, count) => {
  const inRegion = (region: string) => stackOf({ Resources: { ...api, ...resources } }, { id: region, region, constructPath: (id) => `${region}/${id}` });
  const app = await readApp(['eu-west-1', 'us-east-1'].map(inRegion), { account: '1', region: 'eu-west-1' }, scratch);
  expect(app.notices).toEqual([`us-east-1/Same: its name 'same' is also the name of eu-west-1/Same, in another region or account; ${consequence}`]);
  expect(app[kind].map(({ path }) => path)).toEqual(['eu-west-1/Same', 'us-east-1/Same'].slice(0, count));
});

test('functions of two regions may have the same name', async () => {
  const code = (region: string) => ({ ZipFile: `exports.handler = async () => '${region}';` });
  const inRegion = (region: string) => stackOf(
    { Resources: { ...api, ...route('send', toSame), Same: lambda({ FunctionName: 'same', Code: code(region) }).Function } }, { id: region, region, constructPath: (id) => `${region}/${id}` },
  );
  const { functions, apis, notices } = await readApp(['eu-west-1', 'us-east-1'].map(inRegion), { account: '1', region: 'eu-west-1' }, scratch);
  expect(notices).toEqual([]);
  expect(apis.map(({ routes }) => routes.get('send')?.integration)).toEqual(functions.map(({ arn }) => ({ type: 'lambda', functionArn: arn })));
  expect(functions.map(({ directory }) => readFileSync(join(directory, 'index.js'), 'utf8'))).toEqual(['eu-west-1', 'us-east-1'].map((region) => code(region).ZipFile));
});
