import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import type { EventSourceModel } from '../model/event-sources';
import { SqsError } from '../queues/errors';
import type { MessageAttribute } from '../queues/message-attributes';
import { systemAttributesOf } from '../queues/operations';
import type { Message, Queue } from '../queues/queue';

/** A poll that found nothing is repeated. */
const POLL_SECONDS = 20;

/**
 * Hands the messages of a queue to a function, as Lambda's event source mapping does: batches, several at once, each deleted when it
 * was handled. What was not handled comes back when its visibility timeout is over.
 */
export class QueueSource {
  private readonly stopping = new AbortController();

  constructor(private readonly model: EventSourceModel, private readonly queue: Queue, private readonly invoke: Invoke, private readonly log: Log) {
    for (let poller = 0; poller < model.concurrency; poller++) void this.poll();
  }

  /** Takes no more batches. Those that are under way are not waited for. */
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
    // The handles are those of this receive: a message that becomes visible meanwhile gets another one.
    const handles = new Map(messages.map(({ id, receiptHandle }) => [id, receiptHandle!]));
    const outcome = await this.invoke(functionArn, { Records: messages.map((message) => this.record(message)) });
    if (this.stopping.signal.aborted) return;
    const failed = outcome.ok ? reportsFailures ? failedOf(outcome.payload, handles) : [] : [...handles.keys()];
    for (const [id, handle] of handles) {
      if (!failed.includes(id)) this.delete(handle);
    }
    const result = failed.length === 0 ? '' : `, ${failed.length} failed`;
    this.log({ source: this.queue.model.path, event: 'batch', detail: `${messages.length} ${messages.length === 1 ? 'message' : 'messages'} handled${result}` });
  }

  /** What can no longer be deleted comes back, as on AWS: on a FIFO queue, a message whose visibility timeout is over. */
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
 * The messages of a batch that are to come back. As on AWS, all of them do when the answer is not understood: a list that is no list,
 * an identifier that is empty or names no message of the batch.
 */
export function failedOf(payload: unknown, batch: ReadonlyMap<string, unknown>): readonly string[] {
  const failures = (payload as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return [...batch.keys()];
  const ids = failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  return ids.every((id): id is string => typeof id === 'string' && batch.has(id)) ? ids : [...batch.keys()];
}
