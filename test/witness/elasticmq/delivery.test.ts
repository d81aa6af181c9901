import {
  CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient, type Message,
} from '@aws-sdk/client-sqs';
import { elasticMqClassPath, startElasticMq, type ElasticMq } from './elasticmq';
import { ids, rowsOf } from '../../../harness/conformance/cases/build';
import { CREDENTIALS, REGION } from '../../../harness/credentials';
import { messageEvent } from '../../../harness/events';
import { Handler } from '../../../harness/handler/handler';
import { Rig } from '../../../harness/rig';
import { shippedBundle } from '../../../harness/shipped-bundle';
import { DEFAULT, ENV, TUNING } from '../../../src/private/contract';
import { describeWith } from '../support/availability';

/*
 * ElasticMQ as the queues behind the shipped bundles: a client's message is put on the broadcast queue, planned, cut into work items, and delivered to
 * every recipient. Alone: npx projen bundle && npx jest test/witness/elasticmq/delivery
 */
jest.setTimeout(120_000);

const PATIENCE_MILLIS = 60_000;
const RECIPIENTS = ids(2_500);

type QueueName = 'messages' | 'chunks' | 'dead';

describeWith(elasticMqClassPath(), 'the shipped bundles, with ElasticMQ as their queues', (classPath) => {
  let elasticMq: ElasticMq;
  let sqs: SQSClient;
  let rig: Rig;
  let publisher: Handler;
  let deliverer: Handler;
  const urls = {} as Record<QueueName, string>;

  beforeAll(async () => {
    elasticMq = await startElasticMq(classPath());
    sqs = new SQSClient({ endpoint: elasticMq.endpoint, region: REGION, credentials: CREDENTIALS });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: elasticMq.arnOf('dead'), maxReceiveCount: TUNING.queueReceives });
    await create('dead', {});
    // What comes back comes back soon.
    for (const name of ['messages', 'chunks'] as const) await create(name, { RedrivePolicy, VisibilityTimeout: '5' });
    rig = await Rig.start();
    await rig.endpoint.play({});
    const options = {
      tableName: await rig.tables.create(rowsOf(RECIPIENTS)),
      tableEndpoint: rig.tables.endpoint,
      callbackUrl: rig.endpoint.url,
      env: {
        AWS_ENDPOINT_URL_SQS: elasticMq.endpoint,
        DELIVERY_RATE_LIMIT: '1000000',
        [ENV.broadcastQueueUrl]: urls.messages,
        [ENV.chunkQueueUrl]: urls.chunks,
        [ENV.chunkQueueArn]: elasticMq.arnOf('chunks'),
        [ENV.maxAgeSeconds]: String(DEFAULT.maxAgeSeconds),
      },
    };
    publisher = await Handler.start(rig.children, { ...options, bundle: shippedBundle('queued-message-handler') });
    deliverer = await Handler.start(rig.children, { ...options, bundle: shippedBundle('delivery-handler') });
  });

  afterAll(async () => {
    sqs?.destroy();
    await Promise.all([rig?.stop(), elasticMq?.stop()]);
  });

  async function create(QueueName: QueueName, Attributes: Record<string, string>): Promise<void> {
    urls[QueueName] = (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
  }

  async function count(name: QueueName): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const;
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: urls[name], AttributeNames: [...names] }));
    return names.reduce((sum, each) => sum + Number(Attributes[each]), 0);
  }

  /** Does once what Lambda's event source mapping does; returns how many messages there were. */
  async function poll(name: QueueName, max: number): Promise<number> {
    const QueueUrl = urls[name];
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
      QueueUrl, MaxNumberOfMessages: max, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
    }));
    if (Messages.length === 0) return 0;
    const { settled } = await deliverer.invoke({ Records: Messages.map((message) => recordOf(message, elasticMq.arnOf(name))) });
    if (!settled || settled.error) throw new Error(`the delivery handler failed: ${JSON.stringify(settled?.error)}`);
    const { batchItemFailures } = settled.result as { batchItemFailures: { itemIdentifier: string }[] };
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    for (const { MessageId, ReceiptHandle } of Messages) {
      if (!failed.includes(MessageId!)) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return Messages.length;
  }

  async function drain(): Promise<{ readonly workItems: number }> {
    let workItems = 0;
    const deadline = Date.now() + PATIENCE_MILLIS;
    while (await count('messages') + await count('chunks') > 0) {
      if (Date.now() > deadline) throw new Error('the queues did not become empty');
      await poll('messages', TUNING.publicQueueBatch);
      workItems += await poll('chunks', 1);
    }
    return { workItems };
  }

  test('a client\'s message reaches every recipient once, by work items', async () => {
    const { settled } = await publisher.invoke(messageEvent({ connectionId: RECIPIENTS[0], messageId: 'm1', text: 'grüße 👋' }));
    expect(settled).toMatchObject({ result: { statusCode: 200 } });
    const { workItems } = await drain();
    expect(workItems).toBeGreaterThanOrEqual(Math.ceil(RECIPIENTS.length / TUNING.chunkRecipients));
    const { posts, refused } = await rig.endpoint.report();
    expect(refused).toEqual([]);
    expect(posts.filter(({ accepted }) => accepted).map(({ connectionId }) => connectionId).sort()).toEqual([...RECIPIENTS].sort());
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
    expect(await count('dead')).toBe(0);
  });

  test('a backend\'s message that is malformed ends in the dead-letter queue, and is sent to nobody', async () => {
    await rig.endpoint.play({});
    await sqs.send(new SendMessageCommand({
      QueueUrl: urls.messages, MessageBody: 'x', MessageAttributes: { format: { DataType: 'String', StringValue: 'NONE' } },
    }));
    await drain();
    expect(await count('dead')).toBe(1);
    expect((await rig.endpoint.report()).posts).toEqual([]);
  });
});

/** A message in the form in which Lambda hands it to a function. */
function recordOf(message: Message, eventSourceARN: string): object {
  const { MessageId, ReceiptHandle, Body, MD5OfBody, Attributes, MessageAttributes = {} } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    md5OfBody: MD5OfBody,
    attributes: Attributes,
    messageAttributes: Object.fromEntries(Object.entries(MessageAttributes).map(([name, { DataType, StringValue }]) => [
      name, { dataType: DataType, stringValue: StringValue, stringListValues: [], binaryListValues: [] },
    ])),
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: REGION,
  };
}
