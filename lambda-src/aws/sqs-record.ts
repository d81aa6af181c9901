import type { SQSRecord } from 'aws-lambda';
import type { QueueRecord } from '../core/queue-batch';

/** Converts a record of an SQS event, which comes from one of two queues. */
export function toQueueRecord(record: SQSRecord, chunkQueueArn: string): QueueRecord {
  return {
    isWorkItem: record.eventSourceARN === chunkQueueArn,
    messageId: record.messageId,
    body: record.body,
    sentAt: Number(record.attributes.SentTimestamp),
    receipts: Number(record.attributes.ApproximateReceiveCount),
    attributes: Object.fromEntries(
      Object.entries(record.messageAttributes ?? {}).map(([name, { dataType, stringValue }]) => [name, dataType === 'String' ? stringValue : undefined]),
    ),
  };
}
