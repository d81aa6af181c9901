import { Duration, Size, Token } from 'aws-cdk-lib';
import { environmentOf, expectRefused, newApi, resourceOf, resourcesOf } from './construct-fixture';
import { ChannelAccess, FanOut, MessageFormat, type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, type QueuedFanOutOptions } from '../src';

const BATCH: BroadcastWebSocketApiProps = { messageFormat: MessageFormat.BATCH, fanOut: FanOut.queued() };
const withOptions = (options: QueuedFanOutOptions): BroadcastWebSocketApiProps => ({ ...BATCH, fanOut: FanOut.queued(options) });

function sourcesOf(props: BroadcastWebSocketApiProps) {
  const sources = resourcesOf(newApi(() => props), 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);
  return sources.map(({ BatchSize, MaximumBatchingWindowInSeconds, EventSourceArn }) => ({
    queue: EventSourceArn['Fn::GetAtt'][0].replace(/[0-9A-F]{8}$/, ''), size: BatchSize, window: MaximumBatchingWindowInSeconds,
  }));
}

test('messages wait for no others by default, and busy batches have up to ten', () => {
  expect(sourcesOf(BATCH)).toEqual(expect.arrayContaining([
    { queue: 'ApiBroadcastQueue', size: 10, window: undefined }, { queue: 'ApiMessageQueue', size: 10, window: undefined },
    { queue: 'ApiChunkQueue', size: 1, window: undefined },
  ]));
});

test('a batch has the size and the window of the fan-out, and its queues hide it for as long', () => {
  const props = withOptions({ batchSize: 1_000, maxBatchingWindow: Duration.seconds(2) });
  expect(sourcesOf(props)).toEqual(expect.arrayContaining([
    { queue: 'ApiBroadcastQueue', size: 1_000, window: 2 }, { queue: 'ApiMessageQueue', size: 1_000, window: 2 },
    { queue: 'ApiChunkQueue', size: 1, window: undefined },
  ]));
  const queues = resourcesOf(newApi(() => props), 'AWS::SQS::Queue').map(({ Properties }) => Properties.VisibilityTimeout);
  expect(queues.filter((seconds) => seconds === 92)).toHaveLength(2);
});

test('the function that delivers shares frames, and messages are written as envelopes of up to 24 KB', () => {
  const api = newApi(() => BATCH);
  expect(environmentOf(api.deliveryHandler!)).toMatchObject({ SHARED_FRAMES: 'true', MESSAGE_FORMAT: 'ENVELOPE', MAX_MESSAGE_BYTES: '24576' });
  expect(environmentOf(api.messageHandler!)).toMatchObject({ MESSAGE_FORMAT: 'ENVELOPE', MAX_MESSAGE_BYTES: '24576' });
  expect(environmentOf(api.messageHandler!)).not.toHaveProperty('SHARED_FRAMES');
});

test('the answer of the heartbeat names the layer', () => {
  const answers = resourcesOf(newApi(() => BATCH), 'AWS::ApiGatewayV2::IntegrationResponse').map(({ Properties }) => JSON.stringify(Properties.ResponseTemplates));
  expect(answers.join()).toContain('\\"layers\\":[\\"batch\\"]');
});

test('clients have no queue of their own if only backends publish', () => {
  const api = newApi(() => ({ ...BATCH, publishAccess: ChannelAccess.nobody() }));
  api.broadcastQueue.queueArn;
  expect(resourcesOf(api, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties.EventSourceArn['Fn::GetAtt'][0])).toEqual(
    expect.not.arrayContaining([expect.stringMatching(/^ApiMessageQueue/)]),
  );
});

test('a history and shared frames go together', () => {
  const api = newApi(() => ({ ...BATCH, history: {} }));
  expect(environmentOf(api.deliveryHandler!)).toMatchObject({ SHARED_FRAMES: 'true', HISTORY_TABLE_NAME: expect.anything() });
});

test('the dashboard shows messages, their frames, and how full these are', () => {
  const widgets = (api: BroadcastWebSocketApi) => {
    const body = resourceOf(api.addDashboard()).Properties.DashboardBody['Fn::Join'][1].filter((part: unknown) => typeof part === 'string').join('');
    return body.split('{"type":"metric"').filter((widget: string) => widget.includes('"title":"Batches:'));
  };
  const [graph, ...others] = widgets(newApi(() => BATCH));
  expect(others).toEqual([]);
  for (const text of ['"BatchedMessages"', '"BatchedFrames"', '"messages / frames"']) expect(graph).toContain(text);
  expect(widgets(newApi(() => ({ ...BATCH, messageFormat: MessageFormat.ENVELOPE })))).toEqual([]);
});

test('no other format has any of it', () => {
  const api = newApi(() => ({ messageFormat: MessageFormat.ENVELOPE, fanOut: FanOut.queued() }));
  expect(environmentOf(api.deliveryHandler!)).not.toHaveProperty('SHARED_FRAMES');
  expect(resourceOf(api.deliveryHandler!).Properties.Handler).toBe('index.handler');
  expect(sourcesOf({ messageFormat: MessageFormat.ENVELOPE, fanOut: FanOut.queued() }).map(({ queue }) => queue).sort()).toEqual(['ApiBroadcastQueue', 'ApiChunkQueue']);
});

test.each<[string, BroadcastWebSocketApiProps, RegExp]>([
  ['direct fan-out', { messageFormat: MessageFormat.BATCH }, /'fanOut' must be FanOut.queued with MessageFormat.BATCH/],
  ['an excluded sender', { ...BATCH, excludeSender: true }, /'excludeSender' must be left out with MessageFormat.BATCH/],
  ['no heartbeat', { ...BATCH, heartbeat: false }, /'heartbeat' must be on with MessageFormat.BATCH/],
  ['larger messages', { ...BATCH, maxMessageSize: Size.kibibytes(32) }, /'maxMessageSize' must be .* with MessageFormat.BATCH/],
  ['a window without the format', { fanOut: FanOut.queued({ maxBatchingWindow: Duration.seconds(1) }) }, /'maxBatchingWindow' of FanOut.queued must come with MessageFormat.BATCH/],
  ['a size without the format', { fanOut: FanOut.queued({ batchSize: 5 }) }, /'batchSize' of FanOut.queued must come with MessageFormat.BATCH/],
  ['a window that outlasts the messages', withOptions({ maxBatchingWindow: Duration.minutes(2), maxAge: Duration.minutes(2) }), /'maxBatchingWindow' must be shorter than 'maxAge', 120 s/],
])('%s is refused', (_case, props, message) => {
  expectRefused(props, message);
});

test.each<[QueuedFanOutOptions, RegExp]>([
  [{ batchSize: 0 }, /'batchSize' must be .* got 0/],
  [{ batchSize: 1_001 }, /'batchSize' must be .* got 1001/],
  [{ batchSize: 11 }, /'batchSize' must be at most 10 without 'maxBatchingWindow', got 11/],
  [{ maxBatchingWindow: Duration.millis(500) }, /'maxBatchingWindow' must be .* got 0.5/],
  [{ maxBatchingWindow: Duration.seconds(301) }, /'maxBatchingWindow' must be .* got .*301/],
  [{ maxBatchingWindow: Duration.seconds(Token.asNumber({ Ref: 'Window' })) }, /'maxBatchingWindow' must be known when the app is synthesised/],
])('FanOut.queued(%j) is refused', (options, message) => {
  expect(() => FanOut.queued(options)).toThrow(message);
});
