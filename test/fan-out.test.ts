import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CROSS_STACK, environmentOf, logicalId, newApi, newStack, resourceOf, resourcesOf, templateOf } from './construct-fixture';
import {
  type BroadcastWebSocketApi, BroadcastWebSocketApi as Api, type BroadcastWebSocketApiAttributes, type BroadcastWebSocketApiProps, FanOut,
  MessageFormat, MessageRateLimit,
} from '../src';
import { ENV, TUNING } from '../src/private/contract';

const queued = (options = {}) => newApi(() => ({ fanOut: FanOut.queued(options) }));
const functionIn = (stack: Stack) => new LambdaFunction(stack, 'Backend', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('0') });

/** Returns the event source mappings of an API, by the logical id of their queue. */
function sourcesOf(api: BroadcastWebSocketApi): Record<string, Record<string, unknown>> {
  return Object.fromEntries(resourcesOf(api, 'AWS::Lambda::EventSourceMapping')
    .map(({ Properties: { EventSourceArn, ...rest } }) => [EventSourceArn['Fn::GetAtt'][0], rest]));
}

const chunkQueue = (api: BroadcastWebSocketApi) => logicalId(api.node.findChild('ChunkQueue'));

describe('nothing of the queues is in the template', () => {
  test.each([
    ['by default', {}],
    ['of a direct fan-out with options of the delivery handler', { fanOut: FanOut.direct({ maxInFlight: 8 }), deliveryHandlerOptions: { memorySize: 512 } }],
  ])('%s', (_name, props) => {
    const template = templateOf(newApi(() => props));
    template.resourceCountIs('AWS::SQS::Queue', 0);
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
    template.resourceCountIs('AWS::Lambda::Function', 2);
    expect(JSON.stringify(template.toJSON())).not.toContain('sqs');
  });
});

describe('all of the queues is in the template', () => {
  const touches: [string, (api: BroadcastWebSocketApi) => void][] = [
    ['broadcastQueue', (api) => void api.broadcastQueue],
    ['deadLetterQueue', (api) => void api.deadLetterQueue],
    ['deliveryHandler', (api) => void api.deliveryHandler],
    ['grantPublish', (api) => void api.grantPublish(functionIn(Stack.of(api)))],
    ['addPublisher', (api) => api.addPublisher(functionIn(Stack.of(api)))],
  ];
  test.each(touches)('once %s has been used, be it twice', (_name, touch) => {
    const api = newApi();
    touch(api);
    void api.broadcastQueue;
    templateOf(api).resourceCountIs('AWS::SQS::Queue', 3);
    templateOf(api).resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
  });

  test('of a queued fan-out', () => {
    templateOf(queued()).resourceCountIs('AWS::SQS::Queue', 3);
  });
});

describe('the queues', () => {
  const api = queued();

  test('are encrypted, keep messages over a crash of their function, and give up after three receives', () => {
    const dead = logicalId(api.deadLetterQueue);
    for (const queue of [logicalId(api.broadcastQueue), chunkQueue(api)]) {
      expect(templateOf(api).toJSON().Resources[queue].Properties).toEqual({
        SqsManagedSseEnabled: true,
        VisibilityTimeout: 90,
        MessageRetentionPeriod: 86_400,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [dead, 'Arn'] }, maxReceiveCount: 3 },
      });
    }
    expect(resourceOf(api.deadLetterQueue).Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 4 * 86_400 });
  });

  test('refuse callers without TLS', () => {
    const policies = resourcesOf(api, 'AWS::SQS::QueuePolicy');
    expect(policies.flatMap(({ Properties }) => Properties.Queues).map(({ Ref }) => Ref).sort())
      .toEqual([logicalId(api.broadcastQueue), chunkQueue(api), logicalId(api.deadLetterQueue)].sort());
    for (const { Properties } of policies) {
      expect(Properties.PolicyDocument.Statement).toEqual([expect.objectContaining({
        Action: 'sqs:*', Effect: 'Deny', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      })]);
    }
  });

  test('feed the delivery handler: messages ten at a time and two at once, work items one by one and four at once', () => {
    const common = { FunctionName: { Ref: logicalId(api.deliveryHandler) }, FunctionResponseTypes: ['ReportBatchItemFailures'] };
    expect(sourcesOf(api)).toEqual({
      [logicalId(api.broadcastQueue)]: { ...common, BatchSize: 10, ScalingConfig: { MaximumConcurrency: 2 } },
      [chunkQueue(api)]: { ...common, BatchSize: 1, ScalingConfig: { MaximumConcurrency: 4 } },
    });
  });
});

describe('the delivery handler', () => {
  test('gets all variables that it needs', () => {
    const api = newApi(() => ({
      fanOut: FanOut.queued({ maxInFlight: 32, maxAge: Duration.minutes(2) }), deliveryRateLimit: 100, messageFormat: MessageFormat.ENVELOPE,
    }));
    const { connectionsTable, callbackUrl, webSocketApi } = api;
    const deadLetters = { Ref: logicalId(api.node.findChild('DeadLetterQueue')) };
    expect(environmentOf(api.deliveryHandler)).toEqual(Stack.of(api).resolve({
      [ENV.tableName]: connectionsTable.tableName,
      [ENV.callbackUrl]: callbackUrl,
      [ENV.apiId]: webSocketApi.apiId,
      [ENV.messageFormat]: 'ENVELOPE',
      [ENV.maxMessageBytes]: '32768',
      [ENV.deliveryRateLimit]: '100',
      [ENV.maxInFlight]: '32',
      [ENV.chunkQueueUrl]: { Ref: chunkQueue(api) },
      [ENV.chunkQueueArn]: { 'Fn::GetAtt': [chunkQueue(api), 'Arn'] },
      [ENV.deadLetterQueueUrl]: deadLetters,
      [ENV.maxAgeSeconds]: '120',
    }));
  });

  test('gets the number of workers when it is not the default', () => {
    expect(environmentOf(newApi(() => ({ fanOut: FanOut.queued({ workers: 24 }) })).deliveryHandler)).toMatchObject({ [ENV.workers]: '24' });
    expect(environmentOf(newApi(() => ({ fanOut: FanOut.queued({ workers: 4 }) })).deliveryHandler)).not.toHaveProperty(ENV.workers);
  });

  test.each<[string, BroadcastWebSocketApiProps]>([
    ['the default age', { fanOut: FanOut.queued(), deliveryRateLimit: 3 }],
    ['a short age', { fanOut: FanOut.queued({ maxAge: Duration.minutes(1) }), deliveryRateLimit: 16 }],
  ])('warns of a rate that does not reach 1,000 connections before a message is too old: %s', (_, props) => {
    const api = newApi(() => props);
    Annotations.fromStack(Stack.of(api)).hasWarning('*', Match.stringLikeRegexp("'deliveryRateLimit' × 'maxAge' should serve 1000 recipients at least, got"));
  });

  test('causes no warning about a rate that works, and none without a queue', () => {
    const patient = { fanOut: FanOut.queued({ maxAge: Duration.hours(1) }), deliveryRateLimit: 1 };
    for (const props of [patient, { fanOut: FanOut.queued() }, { deliveryRateLimit: 1 }]) {
      Annotations.fromStack(Stack.of(newApi(() => props))).hasNoWarning('*', Match.stringLikeRegexp("'maxAge'"));
    }
  });

  test('has 1,024 MB, 30 s and its own log group, unless told otherwise', () => {
    expect(resourceOf(queued().deliveryHandler).Properties).toMatchObject({ MemorySize: 1024, Timeout: 30, Architectures: ['arm64'] });
    const api = newApi(() => ({ deliveryHandlerOptions: { memorySize: 512, timeout: Duration.seconds(20), reservedConcurrentExecutions: 6 } }));
    expect(resourceOf(api.deliveryHandler).Properties).toMatchObject({ MemorySize: 512, Timeout: 20, ReservedConcurrentExecutions: 6 });
  });
});

describe('the message handler', () => {
  test('of a queued fan-out knows the queue and how to write a message, and the table only for the rate of its sender', () => {
    expect(environmentOf(queued().messageHandler)[ENV.tableName]).toEqual({ Ref: logicalId(queued().connectionsTable) });
    const api = newApi(() => ({ fanOut: FanOut.queued(), excludeSender: true, messageRateLimit: MessageRateLimit.unlimited() }));
    expect(environmentOf(api.messageHandler)).toMatchObject({
      [ENV.broadcastQueueUrl]: { Ref: logicalId(api.broadcastQueue) }, [ENV.excludeSender]: 'true', [ENV.messageFormat]: 'ATTRIBUTED',
    });
    expect(environmentOf(api.messageHandler)).not.toHaveProperty(ENV.tableName);
    expect(resourceOf(api.messageHandler).Properties).toMatchObject({ MemorySize: 256, Timeout: 28 });
  });

  test('keeps its logical id whichever fan-out there is', () => {
    expect(logicalId(queued().messageHandler)).toBe(logicalId(newApi().messageHandler));
  });

  test('of a direct fan-out gets its concurrency, and no queue', () => {
    const environment = environmentOf(newApi(() => ({ fanOut: FanOut.direct({ maxInFlight: 5 }) })).messageHandler);
    expect(environment[ENV.maxInFlight]).toBe('5');
    expect(environment).not.toHaveProperty(ENV.broadcastQueueUrl);
    expect(environmentOf(newApi().messageHandler)).not.toHaveProperty(ENV.maxInFlight);
  });
});

describe('options', () => {
  test.each([2, 1_000])('%d workers are accepted', (workers) => {
    const api = queued({ workers });
    expect(sourcesOf(api)[chunkQueue(api)].ScalingConfig).toEqual({ MaximumConcurrency: workers });
  });

  test.each([1, 0, 1_001, 2.5, NaN])('%d workers are refused', (workers) => {
    expect(() => FanOut.queued({ workers })).toThrow(`'workers' must be a whole number of invocations between 2 and 1000, got ${workers}; `);
  });

  test.each([0, 129, 1.5])('a concurrency of %d is refused', (maxInFlight) => {
    const message = `'maxInFlight' must be a whole number of deliveries between 1 and 128, got ${maxInFlight}; `;
    expect(() => FanOut.queued({ maxInFlight })).toThrow(message);
    expect(() => FanOut.direct({ maxInFlight })).toThrow(message);
  });

  test.each([Duration.seconds(59), Duration.hours(13)])('an age of %s is refused', (maxAge) => {
    expect(() => FanOut.queued({ maxAge })).toThrow(`'maxAge' must be a whole number of seconds between 60 and 43200, got ${maxAge.toSeconds()}; `);
  });

  test('the default age is five minutes', () => {
    expect(environmentOf(queued().deliveryHandler)[ENV.maxAgeSeconds]).toBe('300');
  });

  test.each([[4, 5], [2, 3], [10, 11]])('with %d workers, a reserved concurrency of %d is refused: the queues need two more', (workers, reserved) => {
    const props = { fanOut: FanOut.queued({ workers }), deliveryHandlerOptions: { reservedConcurrentExecutions: reserved } };
    expect(() => newApi(() => props)).toThrow(`'deliveryHandlerOptions.reservedConcurrentExecutions' must be a whole number of executions of at least ${workers + 2}, got ${reserved}; `);
  });

  test.each([4, 31])('a timeout of %d s of the delivery handler is refused', (seconds) => {
    expect(() => newApi(() => ({ deliveryHandlerOptions: { timeout: Duration.seconds(seconds) } })))
      .toThrow(`'deliveryHandlerOptions.timeout' must be a whole number of seconds between 5 and 30, got ${seconds}; `);
  });

  test('the time limit, the visibility and the loop detection of Lambda leave room for each other', () => {
    expect(TUNING.queueVisibilitySeconds).toBeGreaterThanOrEqual(3 * TUNING.deliveryHandlerTimeoutSeconds);
    // Lambda stops a message that has gone through a queue to the same function about 16 times.
    expect(1 + 1 + TUNING.workItemHops).toBeLessThan(16);
  });
});

describe('publishing', () => {
  test('addPublisher lets a function publish, and gives it the queue\'s URL', () => {
    const api = newApi();
    const backend = functionIn(Stack.of(api));
    api.addPublisher(backend).assertSuccess();
    expect(environmentOf(backend)).toEqual({ [ENV.broadcastQueueUrl]: { Ref: logicalId(api.broadcastQueue) } });
  });
});

describe('an imported API', () => {
  const stack = () => newStack({}, { env: { account: '111111111111', region: 'eu-west-1' } });
  const queueArn = 'arn:aws:sqs:eu-west-1:111111111111:broadcasts';
  const attributes = { webSocketApiId: 'abc123', broadcastQueueArn: queueArn };

  test('has its addresses', () => {
    const api = Api.fromBroadcastWebSocketApiAttributes(stack(), 'Api', { ...attributes, stageName: 'live' });
    const resolve = (value: string) => Stack.of(api).resolve(value);
    expect(resolve(api.url)).toEqual({ 'Fn::Join': ['', ['wss://abc123.execute-api.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/live']] });
    expect(resolve(api.callbackUrl)).toEqual({ 'Fn::Join': ['', ['https://abc123.execute-api.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/live']] });
  });

  test('keeps the custom domain for clients, never for deliveries', () => {
    const api = Api.fromBroadcastWebSocketApiAttributes(stack(), 'Api', { ...attributes, url: 'wss://chat.example.com' });
    expect(api.url).toBe('wss://chat.example.com');
    expect(JSON.stringify(Stack.of(api).resolve(api.callbackUrl))).toContain('https://abc123.execute-api');
  });

  test('can be published to', () => {
    const api = Api.fromBroadcastWebSocketApiAttributes(stack(), 'Api', attributes);
    const backend = functionIn(Stack.of(api));
    api.addPublisher(backend);
    expect(JSON.stringify(environmentOf(backend)[ENV.broadcastQueueUrl])).toContain('111111111111/broadcasts');
    templateOf(api).resourceCountIs('AWS::SQS::Queue', 0);
  });

  test('whose queue is not known cannot be published to', () => {
    const api = Api.fromBroadcastWebSocketApiAttributes(stack(), 'Api', { webSocketApiId: 'abc123' });
    expect(() => api.grantPublish(functionIn(Stack.of(api)))).toThrow("'broadcastQueueArn' must be given to publish to the imported API 'Test/Api', got none; ");
  });

  test('has an id, not an address', () => {
    expect(() => Api.fromBroadcastWebSocketApiAttributes(stack(), 'Api', { webSocketApiId: 'wss://abc' })).toThrow("'webSocketApiId' must be the id of a WebSocket API");
  });

  test.each<[string, object, string]>([
    ['an id', { webSocketApiId: 'wss://chat' }, "'webSocketApiId' must be the id of a WebSocket API, lower-case letters and digits, got 'wss://chat'; "],
    ['a stage that can be', { ...attributes, stageName: '$default' }, "'stageName' must have 1 to 128 letters, digits, hyphens and underscores only, got '$default'; "],
    ['an address of a WebSocket', { ...attributes, url: 'https://chat.example.com' }, "'url' must begin with wss://, got 'https://chat.example.com'; "],
    ['the ARN of its queue', { ...attributes, broadcastQueueArn: 'broadcasts' }, "'broadcastQueueArn' must be the ARN of a queue, got 'broadcasts'; "],
  ])('has %s', (_name, wrong, message) => {
    expect(() => Api.fromBroadcastWebSocketApiAttributes(stack(), 'Api', wrong as BroadcastWebSocketApiAttributes)).toThrow(message);
  });

  test('may have what only the deployment knows', () => {
    const late = (produced: string) => Lazy.string({ produce: () => produced });
    const tokens = { webSocketApiId: late('abc123'), stageName: late('live'), url: late('wss://chat.example.com'), broadcastQueueArn: queueArn };
    const api = Api.fromBroadcastWebSocketApiAttributes(stack(), 'Api', tokens);
    expect(Stack.of(api).resolve(api.url)).toBe('wss://chat.example.com');
  });

  test('works with what another stack of the app exports', () => {
    const api = newApi();
    const other = new Stack(api.node.root, 'Other');
    const imported = Api.fromBroadcastWebSocketApiAttributes(other, 'Api', {
      webSocketApiId: api.webSocketApi.apiId, stageName: api.stage.stageName, broadcastQueueArn: api.broadcastQueue.queueArn,
    });
    imported.addPublisher(functionIn(other));
    const template = JSON.stringify(templateOf(imported).toJSON());
    expect(template).toContain('"Action":"sqs:SendMessage"');
    expect(template).toMatch(CROSS_STACK);
  });
});
