import { outgoing, queueModel } from '../../../harness/queue-model';
import { QueueSource } from '../../../local/events/queue-source';
import type { Outcome } from '../../../local/lambda/runtime-api';
import type { EventSourceModel } from '../../../local/model/event-sources';
import { Queue } from '../../../local/queues/queue';

interface Batch { readonly Records: { readonly messageId: string; readonly body: string; readonly [key: string]: unknown }[] }

let queue: Queue;
let source: QueueSource;
let batches: Batch[];
let answer: (batch: Batch) => unknown;
let lines: string[];

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
  queue = new Queue(queueModel());
  batches = [];
  lines = [];
  answer = () => null;
});

afterEach(() => {
  source.stop();
  jest.useRealTimers();
});

function start(overrides: Partial<EventSourceModel> = {}): void {
  const model: EventSourceModel = {
    path: 'Stack/Function/Source',
    queueArn: queue.model.arn,
    functionArn: 'the-function',
    region: 'eu-west-1',
    batchSize: 10,
    batchingWindowSeconds: 0,
    concurrency: 2,
    reportsFailures: false,
    ...overrides,
  };
  const invoke = async (_name: string, event: object): Promise<Outcome> => {
    batches.push(event as Batch);
    try {
      return { ok: true, payload: await answer(event as Batch) };
    } catch (error) {
      return { ok: false, errorType: 'Error', errorMessage: String(error) };
    }
  };
  source = new QueueSource(model, queue, invoke, ({ event, detail }) => lines.push(`${event} ${detail}`));
}

function send(...bodies: string[]): void {
  for (const body of bodies) queue.send(outgoing(body));
}

const settle = () => jest.advanceTimersByTimeAsync(0);
const bodiesOf = ({ Records }: Batch) => Records.map(({ body }) => body);
const left = () => queue.counts().visible + queue.counts().inFlight;

test('the event of a message is that of Lambda, and the message is deleted once it is handled', async () => {
  const attributes = { to: { DataType: 'String', StringValue: 'all' }, raw: { DataType: 'Binary', BinaryValue: 'AP8=' } };
  const { id, md5 } = queue.send(outgoing('hello', { attributes, groupId: 'g' }));
  start();
  await settle();
  expect(batches).toEqual([{
    Records: [{
      messageId: id,
      receiptHandle: expect.any(String),
      body: 'hello',
      attributes: {
        ApproximateReceiveCount: '1', SentTimestamp: '1000000', SenderId: 'LOCAL', ApproximateFirstReceiveTimestamp: '1000000', MessageGroupId: 'g',
      },
      messageAttributes: {
        to: { stringValue: 'all', binaryValue: undefined, stringListValues: [], binaryListValues: [], dataType: 'String' },
        raw: { stringValue: undefined, binaryValue: 'AP8=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfBody: md5,
      eventSource: 'aws:sqs',
      eventSourceARN: queue.model.arn,
      awsRegion: 'eu-west-1',
    }],
  }]);
  expect(left()).toBe(0);
  expect(lines).toEqual(['batch 1 message handled']);
});

test('batches have the configured size, and the configured concurrency is not exceeded', async () => {
  let release = () => {};
  const blocked = new Promise<void>((resolve) => { release = resolve; });
  answer = () => blocked;
  send('1', '2', '3', '4', '5');
  start({ batchSize: 2, concurrency: 2 });
  await settle();
  expect(batches.map(bodiesOf)).toEqual([['1', '2'], ['3', '4']]);
  release();
  await settle();
  expect(batches.map(bodiesOf)).toEqual([['1', '2'], ['3', '4'], ['5']]);
  expect(left()).toBe(0);
});

test('a batching window lets a batch fill up', async () => {
  start({ batchingWindowSeconds: 2, concurrency: 1 });
  send('1');
  await jest.advanceTimersByTimeAsync(1000);
  send('2');
  await jest.advanceTimersByTimeAsync(999);
  expect(batches).toEqual([]);
  await jest.advanceTimersByTimeAsync(2);
  expect(batches.map(bodiesOf)).toEqual([['1', '2']]);
});

test('a batch that fails comes back as a whole when its visibility timeout is over', async () => {
  answer = () => { throw new Error('no'); };
  send('1', '2');
  start();
  await settle();
  expect(lines).toEqual(['batch 2 messages handled, 2 failed']);
  answer = () => null;
  await jest.advanceTimersByTimeAsync(29_999);
  expect(batches).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(batches.flatMap(bodiesOf)).toEqual(['1', '2', '1', '2']);
  expect(left()).toBe(0);
});

describe('with reported failures', () => {
  test('only the failed messages come back', async () => {
    answer = ({ Records }) => ({ batchItemFailures: [{ itemIdentifier: Records[1].messageId }] });
    send('1', '2', '3');
    start({ reportsFailures: true });
    await settle();
    expect(left()).toBe(1);
    answer = () => ({ batchItemFailures: [] });
    await jest.advanceTimersByTimeAsync(30_000);
    expect(batches.map(bodiesOf)).toEqual([['1', '2', '3'], ['2']]);
    expect(left()).toBe(0);
  });

  test.each<[string, unknown]>([
    ['an unknown id', { batchItemFailures: [{ itemIdentifier: 'x' }] }],
    ['an empty id', { batchItemFailures: [{ itemIdentifier: '' }] }],
    ['no id', { batchItemFailures: [{}] }],
    ['something that is no list', { batchItemFailures: 'all' }],
  ])('%s makes all of them come back', async (_what, payload) => {
    answer = () => payload;
    send('1', '2');
    start({ reportsFailures: true });
    await settle();
    expect(left()).toBe(2);
  });

  test.each<[string, unknown]>([['null', null], ['an empty object', {}], ['null failures', { batchItemFailures: null }]])('%s is a success', async (_what, payload) => {
    answer = () => payload;
    send('1');
    start({ reportsFailures: true });
    await settle();
    expect(left()).toBe(0);
  });
});

test('reported failures are ignored unless the mapping asks for them', async () => {
  answer = ({ Records }) => ({ batchItemFailures: [{ itemIdentifier: Records[0].messageId }] });
  send('1');
  start();
  await settle();
  expect(left()).toBe(0);
});

test('no message is received once it stops', async () => {
  start();
  await settle();
  source.stop();
  await settle();
  send('1');
  await settle();
  expect(batches).toEqual([]);
  expect(queue.counts().visible).toBe(1);
});

test('a batch that is under way when it stops is handled once', async () => {
  let release = () => {};
  answer = () => new Promise<void>((resolve) => { release = resolve; });
  send('1');
  start();
  await settle();
  source.stop();
  release();
  await settle();
  expect(left()).toBe(0);
  expect(lines).toEqual(['batch 1 message handled']);
});
