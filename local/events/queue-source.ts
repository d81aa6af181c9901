import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import type { EventSourceModel } from '../model/event-sources';
import { SqsError } from '../queues/errors';
import type { MessageAttribute } from '../queues/message-attributes';
import { systemAttributesOf } from '../queues/operations';
import type { Message, Queue } from '../queues/queue';

/** Duration of one poll; empty polls are repeated. */
const POLL_SECONDS = 20;

/**
 * Passes the messages of a queue to a function, like Lambda's event source mapping: in batches, several at once. Handled messages are
 * deleted; the others come back when their visibility timeout ends.
 */
export class QueueSource {
  private readonly stopping = new AbortController();

  constructor(private readonly model: EventSourceModel, private readonly queue: Queue, private readonly invoke: Invoke, private readonly log: Log) {
    for (let poller = 0; poller < model.concurrency; poller++) void this.poll();
  }

  /** Takes no more batches. Does not wait for those under way, whose messages are deleted if they succeed. */
  stop(): void {
    this.stopping.abort();
  }

  private async poll(): Promise<void> {
    const { signal: abortSignal } = this.stopping;
    while (!abortSignal.aborted) {
      const messages = await this.nextBatch(abortSignal);
      if (messages.length > 0) await this.handle(messages);
    }
  }

  private async nextBatch(abortSignal: AbortSignal): Promise<Message[]> {
    const { batchSize, batchingWindowSeconds } = this.model;
    const messages = await this.queue.receiveWithin(batchSize, POLL_SECONDS, undefined, abortSignal);
    const deadline = Date.now() + batchingWindowSeconds * 1000;
    while (messages.length > 0 && messages.length < batchSize && Date.now() < deadline && !abortSignal.aborted) {
      const more = await this.queue.receiveWithin(batchSize - messages.length, (deadline - Date.now()) / 1000, undefined, abortSignal);
      messages.push(...more);
    }
    return messages;
  }

  private async handle(messages: readonly Message[]): Promise<void> {
    const { functionArn, reportsFailures } = this.model;
    // Handles of this receive: a message that becomes visible meanwhile gets a new one.
    const handles = new Map(messages.map(({ id, receiptHandle }) => [id, receiptHandle!]));
    const outcome = await this.invoke(functionArn, { Records: messages.map((message) => this.record(message)) });
    // Most likely the runner is stopping. The messages of a replaced source come back.
    if (!outcome.ok && this.stopping.signal.aborted) return;
    const failed = outcome.ok ? reportsFailures ? failedOf(outcome.payload, handles) : [] : [...handles.keys()];
    for (const [id, handle] of handles) {
      if (!failed.includes(id)) this.delete(handle);
    }
    const result = failed.length === 0 ? '' : `, ${failed.length} failed`;
    this.log({ source: this.queue.model.path, event: 'batch', detail: `${messages.length} ${messages.length === 1 ? 'message' : 'messages'} handled${result}` });
  }

  /** A message that can no longer be deleted comes back, as on AWS: on a FIFO queue, after its visibility timeout. */
  private delete(handle: string): void {
    try {
      this.queue.delete(handle);
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
    }
  }

  private record(message: Message): object {
    return {
      messageId: message.id,
      receiptHandle: message.receiptHandle,
      body: message.body,
      attributes: systemAttributesOf(message),
      messageAttributes: Object.fromEntries(Object.entries(message.attributes).map(([name, attribute]) => [name, recordAttribute(attribute)])),
      md5OfBody: message.md5,
      eventSource: 'aws:sqs',
      eventSourceARN: this.model.queueArn,
      awsRegion: this.model.region,
    };
  }
}

function recordAttribute({ DataType, StringValue, BinaryValue }: MessageAttribute): object {
  return { stringValue: StringValue, binaryValue: BinaryValue, stringListValues: [], binaryListValues: [], dataType: DataType };
}

/**
 * Returns the messages of a batch that have to come back. As on AWS, all of them do when the answer is malformed: the list is not a list,
 * an identifier is empty, or names no message of the batch.
 */
export function failedOf(payload: unknown, batch: ReadonlyMap<string, unknown>): readonly string[] {
  const failures = (payload as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return [...batch.keys()];
  const ids = failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  return ids.every((id): id is string => typeof id === 'string' && batch.has(id)) ? ids : [...batch.keys()];
}
