import {
  ChangeMessageVisibilityCommand, DeleteMessageBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand, GetQueueUrlCommand,
  ListQueuesCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, type SQSClient,
} from '@aws-sdk/client-sqs';
import { queueModel } from '../../../harness/queue-model';
import { queuesClient } from '../../../harness/queues';
import { Queues } from '../../../local/queues/queues';

/* The SDK compares the checksums of bodies and attributes with its own, in both directions, and throws where they differ. */
let queues: Queues;
let sqs: SQSClient;
let lines: string[];
const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/the-queue';

beforeEach(async () => {
  lines = [];
  queues = await Queues.start([queueModel(), queueModel({ name: 'other' })], ({ event, detail }) => lines.push(`${event} ${detail}`));
  sqs = queuesClient(queues.endpoint, 1);
});

afterEach(async () => {
  sqs.destroy();
  await queues.stop();
});

test('a message with attributes of every type arrives as it was sent', async () => {
  const attributes = {
    zoe: { DataType: 'String', StringValue: 'grüße 👋' },
    count: { DataType: 'Number.int', StringValue: '42' },
    bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 7]) },
  };
  const MessageSystemAttributes = { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } } as const;
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hällo', MessageAttributes: attributes, MessageSystemAttributes }));
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['ApproximateReceiveCount', 'AWSTraceHeader'],
  }));
  expect(Messages).toEqual([{
    MessageId: sent.MessageId,
    ReceiptHandle: expect.any(String),
    Body: 'hällo',
    MD5OfBody: sent.MD5OfMessageBody,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    MessageAttributes: attributes,
    Attributes: { ApproximateReceiveCount: '1', AWSTraceHeader: 'Root=1-2-3' },
  }]);
  // Calculated from the documented algorithm with another implementation.
  expect(sent.MD5OfMessageAttributes).toBe('91f86373b8fa6f2dee0597672864bc27');
  expect(lines).toEqual(['send 6 bytes']);
});

test('only requested attributes are returned', async () => {
  const MessageAttributes = { 'a.b': { DataType: 'String', StringValue: '1' }, 'c': { DataType: 'String', StringValue: '2' } };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));
  const receive = (MessageAttributeNames?: string[]) =>
    sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, MessageAttributeNames }));
  expect(Object.keys((await receive()).Messages![0].MessageAttributes ?? {})).toEqual([]);
  expect(Object.keys((await receive(['a.*'])).Messages![0].MessageAttributes!)).toEqual(['a.b']);
});

test('a batch succeeds and fails entry by entry', async () => {
  const { Successful, Failed } = await sqs.send(new SendMessageBatchCommand({
    QueueUrl, Entries: [{ Id: 'good', MessageBody: 'one' }, { Id: 'bad', MessageBody: '\u0001' }, { Id: 'late', MessageBody: 'two', DelaySeconds: 900 }],
  }));
  expect(Successful!.map(({ Id }) => Id)).toEqual(['good', 'late']);
  expect(Failed).toEqual([{ Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true, Message: expect.stringContaining('#x9') }]);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages.map(({ Body }) => Body)).toEqual(['one']);
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: Messages.map(({ ReceiptHandle }) => ({ Id: 'm', ReceiptHandle })) }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({
    QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:the-queue',
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '1',
    VisibilityTimeout: '30',
    MaximumMessageSize: '1048576',
  });
});

test('a receiver waits for a message that is sent later', async () => {
  const received = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later' }));
  expect((await received).Messages![0].Body).toBe('later');
});

test('a received message can be hidden for longer, shown again, deleted; a queue can be purged', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const receive = async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? [];
  const [{ ReceiptHandle }] = await receive();
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  const [again] = await receive();
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again.ReceiptHandle }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'y' }));
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  expect(await receive()).toEqual([]);
});

test('queues are found by name, with their local addresses', async () => {
  expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'other' }))).QueueUrl).toBe(`${queues.endpoint}/111122223333/other`);
  expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(2);
});

test('a request that is too large to be read gets an error', async () => {
  const call = sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(17 * 1024 * 1024) }));
  await expect(call).rejects.toMatchObject({ name: 'InvalidParameterValue', message: 'A request has 16 MiB at most.' });
});
