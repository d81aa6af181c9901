import type { Connection } from '../../../local/gateway/connection';
import { Feed } from '../../../local/inspector/feed';

const connection = (id: string) => ({ id }) as Connection;

let feed: Feed;

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
  feed = new Feed();
});

afterEach(() => {
  jest.useRealTimers();
});

test('the same message to several clients is one entry with a count', () => {
  for (const id of ['a=', 'b=', 'c=']) feed.message('out', connection(id), Buffer.from('hello'));
  feed.message('out', connection('a='), Buffer.from('other'));
  expect(feed.take().messages).toMatchObject([
    { direction: 'out', connectionIds: ['a=', 'b=', 'c='], count: 3, text: 'hello', bytes: 5 },
    { connectionIds: ['a='], count: 1, text: 'other' },
  ]);
});

test('a continued message is reported again under its number', () => {
  feed.message('out', connection('a='), 'hello');
  const [{ number }] = feed.take().messages;
  feed.message('out', connection('b='), 'hello');
  expect(feed.take().messages).toMatchObject([{ number, count: 2 }]);
  expect(feed.take().messages).toEqual([]);
});

test('the same text later, or from a client, is another entry', () => {
  feed.message('out', connection('a='), 'hello');
  jest.advanceTimersByTime(2_000);
  feed.message('out', connection('a='), 'hello');
  feed.message('in', connection('a='), 'hello');
  feed.message('in', connection('a='), 'hello');
  expect(feed.take().messages.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
});

test('the traffic of each connection is counted', () => {
  const ann = connection('a=');
  feed.message('in', ann, 'one');
  feed.message('out', ann, 'two');
  feed.message('out', ann, 'two');
  expect(feed.trafficOf(ann)).toEqual({ sent: 1, received: 2 });
  expect(feed.trafficOf(connection('b='))).toEqual({ sent: 0, received: 0 });
});

test('it keeps the latest entries, and the beginning of a long text', () => {
  feed.message('in', connection('a='), 'x'.repeat(10_000));
  expect(feed.all().messages).toMatchObject([{ bytes: 10_000, text: 'x'.repeat(4096) }]);
  for (let index = 0; index < 1_000; index++) {
    feed.message('in', connection('a='), String(index));
    feed.event({ source: 'Api', event: 'connect', detail: String(index) });
  }
  expect(feed.all().messages.map(({ text }) => text)).toEqual(Array.from({ length: 300 }, (_, index) => String(700 + index)));
  expect(feed.all().events.at(-1)).toMatchObject({ source: 'Api', detail: '999' });
  expect(feed.all().events).toHaveLength(300);
});

test('a message to thousands names some recipients', () => {
  for (let index = 0; index < 5_000; index++) feed.message('out', connection(`${index}=`), 'hello');
  const [message] = feed.take().messages;
  expect(message.count).toBe(5_000);
  expect(message.connectionIds).toHaveLength(100);
});

test('metrics are summed up, apart from the events', () => {
  const line = (Latency: number | number[]) => JSON.stringify({
    _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [], Metrics: [{ Name: 'Latency', Unit: 'Milliseconds' }] }] }, Latency,
  });
  for (const detail of [line(3), line([5, 10])]) feed.event({ source: 'Chat/Fn', event: 'output', detail });
  feed.event({ source: 'Chat/Fn', event: 'output', detail: 'said' });
  const { events, metrics } = feed.take();
  expect(events).toMatchObject([{ detail: 'said' }]);
  expect(metrics).toEqual([{ source: 'Chat/Fn', name: 'Latency', dimensions: '', unit: 'Milliseconds', at: 1_000_000, count: 3, sum: 18, last: 10 }]);
  expect(feed.take().metrics).toEqual([]);
});

test('a metric that is counted once more by a dimension is summed up apart', () => {
  const line = (dimensions: Record<string, string>) => JSON.stringify({
    _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: 'Recipients', Unit: 'Count' }] }] },
    ...dimensions,
    Recipients: 2,
  });
  for (const pattern of ['room:*', 'team:*']) {
    for (const detail of [line({ service: 'api' }), line({ service: 'api', pattern })]) feed.event({ source: 'Chat/Fn', event: 'output', detail });
  }
  expect(feed.take().metrics.map(({ dimensions, count, sum }) => [dimensions, count, sum])).toEqual([['', 2, 4], ['(pattern room:*)', 1, 2], ['(pattern team:*)', 1, 2]]);
});
