import { type BatchResultErrorEntry, SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueEntry, WorkQueue } from '../core/queue';

/** Attempts to send entries for whose failure the queue takes the blame; the SDK itself repeats whole requests. */
const TRIES = 3;

/** A queue in SQS. */
export class SqsQueue implements WorkQueue {
  constructor(private readonly client: SQSClient, private readonly queueUrl: string) {}

  /** Sends one batch: at most ten entries, and a mebibyte. */
  async send(entries: readonly QueueEntry[], abortSignal: AbortSignal): Promise<void> {
    let left = entries;
    for (let tries = 1; ; tries++) {
      const failed = await this.trySend(left, abortSignal);
      if (failed.length === 0) return;
      if (tries === TRIES || failed.some(({ SenderFault }) => SenderFault)) throw new Error(`${failed[0].Code}: ${failed[0].Message}`);
      left = failed.map(({ Id }) => left[Number(Id)]);
    }
  }

  /** Sends one message, with attributes of the type String. */
  async publish({ body, group }: QueueEntry, attributes: Readonly<Record<string, string>>, abortSignal: AbortSignal): Promise<void> {
    await this.client.send(new SendMessageCommand({
      QueueUrl: this.queueUrl,
      MessageBody: body,
      MessageGroupId: group,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      ),
    }), { abortSignal });
  }

  private async trySend(entries: readonly QueueEntry[], abortSignal: AbortSignal): Promise<BatchResultErrorEntry[]> {
    const { Failed = [] } = await this.client.send(new SendMessageBatchCommand({
      QueueUrl: this.queueUrl,
      Entries: entries.map(({ body, group, delaySeconds }, index) => ({
        Id: String(index),
        MessageBody: body,
        MessageGroupId: group,
        DelaySeconds: delaySeconds,
      })),
    }), { abortSignal });
    return Failed;
  }
}
