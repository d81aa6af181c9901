import { entriesOf, runEach } from './batch';
import { missing, SqsError } from './errors';
import { readOutgoing, sizeOf, type Outgoing } from './message';
import { md5OfAttributes, type MessageAttributes } from './message-attributes';
import { optionalId, optionalInteger, optionalString, requiredString, strings, type Input } from './parameters';
import { MAX_VISIBILITY_SECONDS, type Message, type Queue } from './queue';
import { pickQueueAttributes } from './queue-attributes';
import { MAX_MESSAGE_BYTES } from '../model/queues';

const MAX_RECEIVED = 10;
const MAX_WAIT_SECONDS = 20;

const SYSTEM_ATTRIBUTES = [
  'All', 'SenderId', 'SentTimestamp', 'ApproximateReceiveCount', 'ApproximateFirstReceiveTimestamp', 'SequenceNumber',
  'MessageDeduplicationId', 'MessageGroupId', 'AWSTraceHeader', 'DeadLetterQueueSourceArn',
];

/** SQS operations on one queue, by name. */
export const operations: Readonly<Record<string, (queue: Queue, input: Input, abortSignal: AbortSignal) => unknown>> = {
  SendMessage: (queue, input) => sent(queue.send(readOutgoing(input)), queue),
  SendMessageBatch: sendBatch,
  ReceiveMessage: receive,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: (queue, input) => runEach(entriesOf(input, 'DeleteMessageBatch'), (entry) => deleteMessage(queue, entry)),
  ChangeMessageVisibility: changeVisibility,
  ChangeMessageVisibilityBatch: (queue, input) => (
    runEach(entriesOf(input, 'ChangeMessageVisibilityBatch'), (entry) => changeVisibility(queue, entry))),
  GetQueueAttributes: (queue, input) => ({ Attributes: pickQueueAttributes(queue, strings(input, 'AttributeNames')) }),
  PurgeQueue: (queue) => queue.purgeOnRequest(),
};

function sent({ id, md5, attributes, systemAttributes, sequence }: Message, { model: { isFifo } }: Queue): object {
  return {
    MessageId: id,
    MD5OfMessageBody: md5,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(systemAttributes),
    SequenceNumber: isFifo ? sequenceNumber(sequence) : undefined,
  };
}

function sendBatch(queue: Queue, input: Input): object {
  const entries = entriesOf(input, 'SendMessageBatch');
  const size = entries.reduce((sum, entry) => sum + sizeOf(outgoingOrBody(entry.input)), 0);
  if (size > MAX_MESSAGE_BYTES) {
    throw new SqsError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${size} bytes.`);
  }
  for (const entry of entries) checkOrdering(queue, entry.input);
  return runEach(entries, (entry) => sent(queue.send(readOutgoing(entry), 'cannot be validated'), queue));
}

/** Returns the part of a possibly invalid entry that counts towards the size of a batch. */
function outgoingOrBody(input: Input): Pick<Outgoing, 'body' | 'attributes'> {
  try {
    return readOutgoing(input);
  } catch {
    return { body: String(input.MessageBody ?? ''), attributes: {} };
  }
}

/** SQS refuses the whole batch when a FIFO queue needs a parameter that an entry lacks. */
function checkOrdering({ model: { isFifo, deduplicatesByContent } }: Queue, input: Input): void {
  if (!isFifo) return;
  if (optionalString(input, 'MessageGroupId') === undefined) {
    throw new SqsError('InvalidParameterValue', missing('MessageGroupId').message);
  }
  if (!deduplicatesByContent && optionalString(input, 'MessageDeduplicationId') === undefined) {
    throw new SqsError('InvalidParameterValue', 'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly');
  }
}

async function receive(queue: Queue, input: Input, abortSignal: AbortSignal): Promise<object> {
  const { isFifo, receiveWaitSeconds, visibilityTimeoutSeconds } = queue.model;
  const max = optionalInteger(input, 'MaxNumberOfMessages', 1, MAX_RECEIVED, `Must be between 1 and ${MAX_RECEIVED}, if provided.`) ?? 1;
  const wait = seconds(input, 'WaitTimeSeconds', MAX_WAIT_SECONDS) ?? receiveWaitSeconds;
  const visibility = seconds(input, 'VisibilityTimeout', MAX_VISIBILITY_SECONDS) ?? visibilityTimeoutSeconds;
  const system = [...strings(input, 'AttributeNames'), ...strings(input, 'MessageSystemAttributeNames')];
  const unknown = system.find((name) => !SYSTEM_ATTRIBUTES.includes(name));
  if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  if (optionalId(input, 'ReceiveRequestAttemptId') !== undefined && !isFifo) {
    throw new SqsError('InvalidParameterValue', 'The request include parameter ReceiveRequestAttemptId which is not valid for this queue type.');
  }
  const wanted = strings(input, 'MessageAttributeNames');
  const messages = await queue.receiveWithin(max, wait, visibility, abortSignal);
  return { Messages: messages.length === 0 ? undefined : messages.map((message) => received(message, queue, system, wanted)) };
}

function received(message: Message, { model: { isFifo } }: Queue, system: readonly string[], wanted: readonly string[]): object {
  const attributes = pick<MessageAttributes[string]>(message.attributes, wanted);
  const known = isFifo ? { ...systemAttributesOf(message), SequenceNumber: sequenceNumber(message.sequence) } : systemAttributesOf(message);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5,
    Body: message.body,
    Attributes: pick(known, system),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: md5OfAttributes(attributes ?? {}),
  };
}

/** Returns the system attributes of a message. */
export function systemAttributesOf(message: Message): Record<string, string> {
  return withoutUndefined({
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: 'LOCAL',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    AWSTraceHeader: message.systemAttributes.AWSTraceHeader?.StringValue,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  });
}

function deleteMessage(queue: Queue, input: Input): void {
  queue.delete(requiredString(input, 'ReceiptHandle'));
}

function changeVisibility(queue: Queue, input: Input): void {
  const handle = requiredString(input, 'ReceiptHandle');
  const timeout = seconds(input, 'VisibilityTimeout', MAX_VISIBILITY_SECONDS);
  if (timeout === undefined) throw missing('VisibilityTimeout');
  queue.changeVisibility(handle, timeout);
}

function seconds(input: Input, name: string, max: number): number | undefined {
  return optionalInteger(input, name, 0, max, `Must be >= 0 and <= ${max}, if provided.`);
}

function sequenceNumber(sequence: number): string {
  return String(sequence).padStart(20, '0');
}

/** Selects members by name, by `prefix.*`, or `All`; undefined when there are none. */
function pick<T>(values: Readonly<Record<string, T>>, patterns: readonly string[]): Record<string, T> | undefined {
  const isWanted = (name: string) => patterns.some((pattern) => (
    pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2)))));
  const picked = Object.entries(values).filter(([name]) => isWanted(name));
  return picked.length === 0 ? undefined : Object.fromEntries(picked);
}

function withoutUndefined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, string>;
}
