import { queueModel } from '../../../harness/queue-model';
import type { SubscriptionModel, TopicModel } from '../../../local/model/topics';
import type { MessageAttributes } from '../../../local/queues/message-attributes';
import { Queue } from '../../../local/queues/queue';
import { Topics } from '../../../local/topics/topics';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:News';
const FIFO = `${TOPIC}.fifo`;
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:f';

let queue: Queue;
let invoked: [string, object][];
let lines: string[];
let topics: Topics;

beforeEach(() => {
  queue = new Queue(queueModel());
  invoked = [];
  lines = [];
  topics = new Topics({
    invoke: async (name, event) => {
      invoked.push([name, event]);
      return { ok: true, payload: null };
    },
    findQueue: (arn) => (arn === queue.model.arn ? queue : undefined),
    log: ({ source, event, detail }) => lines.push(`${source} ${event} ${detail}`),
  });
});

afterEach(() => queue.stop());

function subscribe(...subscriptions: Partial<SubscriptionModel>[]): void {
  const topic = (arn: string, overrides: Partial<TopicModel> = {}): TopicModel => ({
    path: 'Stack/News', arn, isFifo: false, deduplicatesByContent: false, subscriptions: [], unemulated: [], ...overrides,
  });
  topics.apply([topic(TOPIC), topic(FIFO, { isFifo: true })], subscriptions.map((subscription, index) => ({
    path: 'Stack/Subscription', arn: `${TOPIC}:${index}`, topicArn: TOPIC, protocol: 'sqs', endpoint: queue.model.arn, isRaw: true, ...subscription,
  })));
}

const received = () => queue.receive(10);
const attributes: MessageAttributes = { kind: { DataType: 'String', StringValue: 'order' }, price: { DataType: 'Number', StringValue: '12' }, tags: { DataType: 'String.Array', StringValue: '["a","b"]' } };

test('a queue gets the bare message with its attributes, or both in JSON', () => {
  subscribe({}, { isRaw: false });
  const { messageId } = topics.publish(TOPIC, { message: 'hello', subject: 'greeting', attributes });
  const [raw, wrapped] = received();
  expect([raw.body, raw.attributes]).toEqual(['hello', attributes]);
  expect(JSON.parse(wrapped.body)).toMatchObject({
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: TOPIC,
    Subject: 'greeting',
    Message: 'hello',
    Timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    MessageAttributes: { kind: { Type: 'String', Value: 'order' } },
  });
  expect(wrapped.attributes).toEqual({});
  expect(lines).toEqual(['Stack/News publish 5 bytes to 2 of 2 subscriptions']);
});

test('a function is invoked with a record', () => {
  subscribe({ protocol: 'lambda', endpoint: FUNCTION });
  const { messageId } = topics.publish(TOPIC, { message: 'hello', attributes });
  expect(invoked).toEqual([[FUNCTION, {
    Records: [{
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: `${TOPIC}:0`,
      Sns: expect.objectContaining({ Type: 'Notification', MessageId: messageId, TopicArn: TOPIC, Subject: null, Message: 'hello', MessageAttributes: expect.objectContaining({ price: { Type: 'Number', Value: '12' } }) }),
    }],
  }]]);
});

test('each protocol may get a message of its own', () => {
  subscribe({}, { protocol: 'lambda', endpoint: FUNCTION });
  topics.publish(TOPIC, { message: 'for all', messages: { default: 'for all', sqs: 'for queues' }, attributes: {} });
  expect(received().map(({ body }) => body)).toEqual(['for queues']);
  expect(invoked).toMatchObject([[FUNCTION, { Records: [{ Sns: { Message: 'for all' } }] }]]);
});

test.each<[string, object, boolean, boolean?]>([
  ['an attribute', { kind: ['order'] }, true],
  ['another value', { kind: ['other'] }, false],
  ['an attribute that is not there', { none: ['x'] }, false],
  ['one that must not be there', { none: [{ exists: false }] }, true],
  ['a number', { price: [{ numeric: ['>', 10] }] }, true],
  ['one of a list', { tags: ['b'] }, true],
  ['anything but', { kind: [{ 'anything-but': ['order'] }] }, false],
  ['one of two policies', { $or: [{ kind: ['other'] }, { price: [12] }] }, true],
  ['the body', { order: { state: ['sent'] } }, true, true],
  ['another body', { order: { state: ['lost'] } }, false, true],
])('a filter policy by %s', (_what, pattern, isWanted, isOfBody = false) => {
  subscribe({ filter: { pattern: pattern as Record<string, unknown>, isOfBody } });
  topics.publish(TOPIC, { message: '{"order":{"state":"sent"}}', attributes });
  expect(received()).toHaveLength(isWanted ? 1 : 0);
});

test('a body that is not JSON passes no filter policy on the body', () => {
  subscribe({ filter: { pattern: { a: [{ exists: false }] }, isOfBody: true } });
  topics.publish(TOPIC, { message: 'text', attributes: {} });
  expect(received()).toEqual([]);
});

test('a FIFO topic passes on groups, and accepts a message once', () => {
  queue.stop();
  queue = new Queue(queueModel({ isFifo: true }));
  subscribe({ topicArn: FIFO });
  const publication = { message: 'hello', attributes: {}, groupId: 'g', deduplicationId: 'd' };
  const first = topics.publish(FIFO, publication);
  expect(first.sequenceNumber).toMatch(/^\d{20}$/);
  expect(topics.publish(FIFO, publication)).toEqual(first);
  topics.publish(FIFO, { ...publication, deduplicationId: 'e' });
  expect(received().map(({ groupId, deduplicationId }) => [groupId, deduplicationId])).toEqual([['g', 'd'], ['g', 'e']]);
  expect(() => topics.publish(FIFO, { ...publication, groupId: undefined })).toThrow('MessageGroupId parameter is required');
  expect(() => topics.publish(FIFO, { ...publication, deduplicationId: undefined })).toThrow('ContentBasedDeduplication');
});

test('a subscriber that cannot be reached does not keep the message from the others', () => {
  subscribe({ endpoint: 'arn:aws:sqs:eu-west-1:111122223333:elsewhere' }, {});
  topics.publish(TOPIC, { message: 'hello', attributes: {} });
  expect(received()).toHaveLength(1);
  expect(lines).toContain('Stack/Subscription error the queue arn:aws:sqs:eu-west-1:111122223333:elsewhere is not in this cloud assembly');
});

test('a topic of another app does not exist', () => {
  subscribe();
  expect(() => topics.publish(`${TOPIC}2`, { message: 'hello', attributes: {} })).toThrow('Topic does not exist');
});
