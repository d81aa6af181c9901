import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { elasticMqClassPath, startElasticMq } from './elasticmq';
import { CREDENTIALS, REGION } from '../../../harness/credentials';
import { messageEvent } from '../../../harness/events';
import { queueModel } from '../../../harness/queue-model';
import { QueuedDelivery, type QueueAddresses, type QueueName } from '../../../harness/queued-delivery';
import { Queues } from '../../../local/queues/queues';
import { DEFAULT, PUBLISH, TUNING } from '../../../src/private/contract';
import { describeWith } from '../support/availability';

/*
 * The shipped bundles with ElasticMQ as their queues, and with the runner's queues instead. A client's message is planned, cut into work items,
 * and delivered to every recipient; failures are moved back from the dead-letter queue. Alone:
 * npx projen bundle && npx jest test/witness/elasticmq/delivery
 */
jest.setTimeout(180_000);

/** So long that nothing comes back because of a busy machine. */
const VISIBILITY_SECONDS = 60;
const RECIPIENTS = QueuedDelivery.recipients;

type Started = QueueAddresses & { stop(): Promise<void> };

async function elasticMqQueues(classPath: string): Promise<Started> {
  const elasticMq = await startElasticMq(classPath);
  const sqs = new SQSClient({ endpoint: elasticMq.endpoint, region: REGION, credentials: CREDENTIALS });
  const create = async (QueueName: QueueName, Attributes: Record<string, string>) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: elasticMq.arnOf('dead'), maxReceiveCount: TUNING.queueReceives });
  const dead = await create('dead', {});
  const [messages, chunks] = await Promise.all((['messages', 'chunks'] as const).map((name) => create(name, { RedrivePolicy, VisibilityTimeout: String(VISIBILITY_SECONDS) })));
  sqs.destroy();
  return { ...elasticMq, urls: { messages, chunks, dead } };
}

async function runnersQueues(): Promise<Started> {
  const dead = queueModel({ name: 'dead' });
  const redrive = { targetArn: dead.arn, maxReceiveCount: TUNING.queueReceives };
  const [messages, chunks] = ['messages', 'chunks'].map((name) => queueModel({ name, redrive, visibilityTimeoutSeconds: VISIBILITY_SECONDS }));
  const models = { messages, chunks, dead };
  const queues = await Queues.start(Object.values(models), () => undefined);
  return {
    endpoint: queues.endpoint,
    urls: { messages: queues.urlOf(messages), chunks: queues.urlOf(chunks), dead: queues.urlOf(dead) },
    arnOf: (name) => models[name].arn,
    stop: () => queues.stop(),
  };
}

describeWith(elasticMqClassPath(), 'the shipped bundles, with ElasticMQ as their queues', (classPath) => deliveryTests(() => elasticMqQueues(classPath())));
describe('the shipped bundles, with the queues of the runner', () => deliveryTests(runnersQueues));

function deliveryTests(start: () => Promise<Started>): void {
  let queues: Started;
  let sqs: SQSClient;
  let delivery: QueuedDelivery;

  beforeAll(async () => {
    queues = await start();
    sqs = new SQSClient({ endpoint: queues.endpoint, region: REGION, credentials: CREDENTIALS });
    delivery = await QueuedDelivery.start(sqs, queues);
  });

  afterAll(async () => {
    sqs?.destroy();
    await Promise.all([delivery?.stop(), queues?.stop()]);
  });

  const speak = (messageId: string, text: string) => delivery.publisher.invoke(messageEvent({ connectionId: RECIPIENTS[0], messageId, text }));

  async function send(to: QueueName, MessageBody: string, attributes: Record<string, string>): Promise<void> {
    const MessageAttributes = Object.fromEntries(Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]));
    await sqs.send(new SendMessageCommand({ QueueUrl: queues.urls[to], MessageBody, MessageAttributes }));
  }

  async function expectEachReachedOnce(): Promise<void> {
    const { posts, refused } = await delivery.rig.endpoint.report();
    expect(refused).toEqual([]);
    expect(posts.filter(({ accepted }) => accepted).map(({ connectionId }) => connectionId).sort()).toEqual([...RECIPIENTS].sort());
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
  }

  test('a client\'s message reaches every recipient once, by work items', async () => {
    expect((await speak('m1', 'grüße 👋')).settled).toMatchObject({ result: { statusCode: 200 } });
    const { workItems } = await delivery.drain();
    expect(workItems).toBeGreaterThanOrEqual(Math.ceil(RECIPIENTS.length / TUNING.chunkRecipients));
    await expectEachReachedOnce();
    expect(await delivery.count('dead')).toBe(0);
  });

  test('parts that API Gateway denied until they were in the dead-letter queue reach every recipient once when they are moved back', async () => {
    await delivery.rig.endpoint.play({ others: [{ status: 403 }] });
    await speak('m2', 'denied at first');
    await delivery.drain();
    const parts = Math.ceil(RECIPIENTS.length / TUNING.chunkRecipients);
    expect(await delivery.count('dead')).toBe(parts);
    expect((await delivery.rig.endpoint.report()).accepted).toBe(0);
    await delivery.rig.endpoint.play({});
    await delivery.moveBack('chunks');
    expect((await delivery.drain()).workItems).toBe(parts);
    await expectEachReachedOnce();
    expect(await delivery.count('dead')).toBe(0);
  });

  test('what is older than its maxAge when it is moved back is counted, and sent to nobody', async () => {
    await delivery.rig.endpoint.play({});
    await send('dead', 'yesterday\'s', { [PUBLISH.sentAt]: String(Date.now() - DEFAULT.maxAgeSeconds * 1_000) });
    delivery.output = '';
    await delivery.moveBack('messages');
    await delivery.drain();
    expect(delivery.output).toMatch(/"Expired":1[,}]/);
    expect((await delivery.rig.endpoint.report()).posts).toEqual([]);
    expect(await delivery.count('dead')).toBe(0);
  });

  test('a backend\'s message that is malformed ends in the dead-letter queue, again when it is moved back, and is sent to nobody', async () => {
    await delivery.rig.endpoint.play({});
    await send('messages', 'x', { [PUBLISH.format]: 'NONE' });
    for (const moves of [0, 1]) {
      if (moves > 0) await delivery.moveBack('messages');
      await delivery.drain();
      expect(await delivery.count('dead')).toBe(1);
    }
    expect((await delivery.rig.endpoint.report()).posts).toEqual([]);
  });
}
