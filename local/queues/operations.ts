import { SqsError } from './errors';
import { md5OfAttributes, readOutgoing, sizeOf, type MessageAttributes } from './message';
import type { Message, Queue } from './queue';
import { MAX_MESSAGE_BYTES } from '../model/queues';

export type Input = Readonly<Record<string, unknown>>;
type Entry = Input & { readonly Id: string };

const MAX_BATCH = 10;
const MAX_WAIT_SECONDS = 20;
const MAX_VISIBILITY_SECONDS = 12 * 60 * 60;

/** What SQS does with one queue, by the name of the operation. */
export const operations: Readonly<Record<string, (queue: Queue, input: Input, signal: AbortSignal) => unknown>> = {
  SendMessage: (queue, input) => sent(queue.send(readOutgoing(input)), queue),
  SendMessageBatch: sendBatch,
  ReceiveMessage: receive,
  DeleteMessage: (queue, { ReceiptHandle }) => void queue.delete(String(ReceiptHandle)),
  DeleteMessageBatch: (queue, input) => batch(input, ({ ReceiptHandle }) => void queue.delete(String(ReceiptHandle))),
  ChangeMessageVisibility: changeVisibility,
  ChangeMessageVisibilityBatch: (queue, input) => batch(input, (entry) => changeVisibility(queue, entry)),
  GetQueueAttributes: (queue, { AttributeNames }) => ({ Attributes: pick(attributesOf(queue), AttributeNames) }),
  PurgeQueue: (queue) => queue.purge(),
};

function sent({ id, md5, attributes, systemAttributes, sequence }: Message, { model: { isFifo } }: Queue): object {
  return {
    MessageId: id,
    MD5OfMessageBody: md5,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(systemAttributes),
    SequenceNumber: isFifo ? String(sequence).padStart(20, '0') : undefined,
  };
}

function sendBatch(queue: Queue, input: Input): object {
  const size = entriesOf(input).reduce((sum, { MessageBody, MessageAttributes: attributes = {} }) => (
    sum + sizeOf({ body: String(MessageBody), attributes: attributes as MessageAttributes })), 0);
  if (size > MAX_MESSAGE_BYTES) {
    throw new SqsError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${size} bytes.`);
  }
  return batch(input, (entry) => sent(queue.send(readOutgoing(entry)), queue));
}

async function receive(queue: Queue, input: Input, signal: AbortSignal): Promise<object> {
  const max = integer(input, 'MaxNumberOfMessages', 1, 1, MAX_BATCH);
  const wait = integer(input, 'WaitTimeSeconds', queue.model.receiveWaitSeconds, 0, MAX_WAIT_SECONDS);
  const visibility = integer(input, 'VisibilityTimeout', queue.model.visibilityTimeoutSeconds, 0, MAX_VISIBILITY_SECONDS);
  const messages = await queue.receiveWithin(max, wait, visibility, signal);
  return { Messages: messages.length === 0 ? undefined : messages.map((message) => received(message, input)) };
}

function received(message: Message, { AttributeNames, MessageSystemAttributeNames, MessageAttributeNames }: Input): object {
  const system = [...names(AttributeNames), ...names(MessageSystemAttributeNames)];
  const attributes = pick<MessageAttributes[string]>(message.attributes, MessageAttributeNames);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5,
    Body: message.body,
    Attributes: pick(systemAttributesOf(message), system),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: md5OfAttributes(attributes ?? {}),
  };
}

/** What SQS itself knows of a message. */
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

function changeVisibility(queue: Queue, input: Input): void {
  queue.changeVisibility(String(input.ReceiptHandle), integer(input, 'VisibilityTimeout', 0, 0, MAX_VISIBILITY_SECONDS));
}

function attributesOf(queue: Queue): Record<string, string> {
  const { model } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  return withoutUndefined({
    QueueArn: model.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(model.visibilityTimeoutSeconds),
    DelaySeconds: String(model.delaySeconds),
    MessageRetentionPeriod: String(model.retentionSeconds),
    ReceiveMessageWaitTimeSeconds: String(model.receiveWaitSeconds),
    MaximumMessageSize: String(model.maxMessageBytes),
    SqsManagedSseEnabled: 'true',
    FifoQueue: model.isFifo ? 'true' : undefined,
    ContentBasedDeduplication: model.isFifo ? String(model.deduplicatesByContent) : undefined,
    RedrivePolicy: model.redrive && JSON.stringify({ deadLetterTargetArn: model.redrive.targetArn, maxReceiveCount: model.redrive.maxReceiveCount }),
  });
}

/** Runs each entry of a batch: one that is refused does not keep the others from succeeding. */
function batch(input: Input, run: (entry: Entry) => object | void): object {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entriesOf(input)) {
    try {
      Successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.queryCode, Message: error.message });
    }
  }
  return { Successful, Failed };
}

function entriesOf({ Entries }: Input): Entry[] {
  const entries = (Entries ?? []) as Entry[];
  if (entries.length === 0) throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MAX_BATCH) {
    throw new SqsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`);
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new SqsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  if (!entries.every(({ Id }) => /^[A-Za-z0-9_-]{1,80}$/.test(Id))) {
    throw new SqsError('InvalidBatchEntryId', 'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.');
  }
  return entries;
}

function integer(input: Input, name: string, fallback: number, min: number, max: number): number {
  const value = input[name] ?? fallback;
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  throw new SqsError('InvalidParameterValue', `Value ${String(value)} for parameter ${name} is invalid. Reason: Must be between ${min} and ${max}, if provided.`);
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value as string[] : [];
}

/** The members that were asked for, by name, by `prefix.*`, or as `All`; undefined when there are none. */
function pick<T>(values: Readonly<Record<string, T>>, wanted: unknown): Record<string, T> | undefined {
  const patterns = names(wanted);
  const isWanted = (name: string) => patterns.some((pattern) => (
    pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2)))));
  const picked = Object.entries(values).filter(([name]) => isWanted(name));
  return picked.length === 0 ? undefined : Object.fromEntries(picked);
}

function withoutUndefined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, string>;
}
