import fc from 'fast-check';
import { queueModel } from '../../../harness/queue-model';
import { Queues } from '../../../local/queues/queues';

/* Requests with members of any type and value: each gets an answer of SQS, never an internal error of the emulation. */

const OPERATIONS = [
  'SendMessage', 'SendMessageBatch', 'ReceiveMessage', 'DeleteMessage', 'DeleteMessageBatch', 'ChangeMessageVisibility', 'ChangeMessageVisibilityBatch',
  'GetQueueAttributes', 'PurgeQueue', 'ListQueues', 'GetQueueUrl', 'StartMessageMoveTask', 'ListMessageMoveTasks', 'CancelMessageMoveTask',
  // Names that every object has.
  'toString', '__proto__', 'constructor',
];
/** Without `WaitTimeSeconds`, which would only delay the test. */
const MEMBERS = [
  'MessageBody', 'DelaySeconds', 'MessageGroupId', 'MessageDeduplicationId', 'MessageAttributes', 'MessageSystemAttributes', 'Entries', 'ReceiptHandle',
  'VisibilityTimeout', 'MaxNumberOfMessages', 'AttributeNames', 'MessageSystemAttributeNames', 'MessageAttributeNames', 'ReceiveRequestAttemptId',
  'QueueName', 'QueueNamePrefix', 'SourceArn', 'DestinationArn', 'MaxNumberOfMessagesPerSecond', 'MaxResults', 'TaskHandle',
];

const ARNS = [queueModel().arn, queueModel({ name: 'source' }).arn];
const QUEUES = ['the-queue', 'fifo.fifo', 'source'];

const anything = fc.oneof(
  fc.constantFrom(null, '', 'x', 0, -1, 1, 0.5, 2 ** 53, true, [], {}, [null], ['x'], [{}], 'a\u0000', '\ud800', 'constructor', '__proto__'),
  fc.string({ maxLength: 5 }), fc.integer(), fc.jsonValue({ maxDepth: 2 }),
);
const attribute = fc.oneof(anything, fc.record({
  DataType: fc.oneof(anything, fc.constantFrom('String', 'Number', 'Binary', 'String.x')), StringValue: anything, BinaryValue: anything, StringListValues: anything,
}, { requiredKeys: [] }));
const attributes = fc.oneof(anything, fc.dictionary(
  fc.oneof(fc.constantFrom('a', '__proto__', 'constructor', 'AWSTraceHeader'), fc.string({ maxLength: 4 })), attribute, { maxKeys: 3 },
));

const valueOf = (name: string): fc.Arbitrary<unknown> => {
  if (name === 'MessageBody') return fc.oneof(fc.constant('x'), anything);
  if (name.endsWith('Attributes')) return attributes;
  if (name.endsWith('Arn')) return fc.oneof(fc.constantFrom(...ARNS), anything);
  return anything;
};
const membersOf = (names: readonly string[], more: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ ...Object.fromEntries(names.map((name) => [name, valueOf(name)])), ...more }, { requiredKeys: Object.keys(more) });

const entry = membersOf(MEMBERS.filter((name) => name !== 'Entries'), { Id: fc.oneof(fc.constantFrom('a', 'b', 'c'), anything) });
const entries = fc.oneof(anything, fc.array(fc.oneof(entry, anything), { maxLength: 12 }));

test('every request gets an answer that SQS could give', async () => {
  const source = queueModel({ name: 'source', redrive: { targetArn: queueModel().arn, maxReceiveCount: 2 } });
  const queues = await Queues.start([queueModel(), queueModel({ name: 'fifo.fifo', isFifo: true }), source], () => undefined);
  try {
    const known = fc.constantFrom(...QUEUES).map((name) => `${queues.endpoint}/111122223333/${name}`);
    const request = membersOf(MEMBERS, { QueueUrl: fc.oneof({ weight: 8, arbitrary: known }, { weight: 1, arbitrary: anything }), Entries: entries });
    const statuses = new Set<number>();
    await fc.assert(fc.asyncProperty(fc.constantFrom(...OPERATIONS), request, async (operation, input) => {
      const headers = { 'x-amz-target': `AmazonSQS.${operation}` };
      const response = await fetch(queues.endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
      statuses.add(response.status);
      const { __type, message, Failed = [] } = await response.json() as { __type?: string; message?: string; Failed?: { Message: string }[] };
      if (response.status !== 200) expect(__type).toMatch(/^com\.amazonaws\.sqs#\w+$/);
      expect([200, 400, 403, 404]).toContain(response.status);
      // Messages of JavaScript's own errors.
      const texts = [message ?? '', ...Failed.map(({ Message }) => Message)].join('\n');
      expect(texts).not.toMatch(/Cannot read|is not a function|is not iterable|is not defined|Maximum call/);
    }), { numRuns: 1_000 });
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]));
  } finally {
    await queues.stop();
  }
}, 120_000);
