import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deliveryPorts } from './aws/delivery-ports';
import { maxMessageBytes, messageFormat, requireEnv, requireNumber } from './aws/environment';
import { SqsQueue } from './aws/queue';
import { Report } from './aws/report';
import { toQueueRecord } from './aws/sqs-record';
import { deadlineOf } from './aws/system-clock';
import { handleRecords, type QueueBatchPorts } from './core/delivery';
import { ENV } from '../src/private/contract';

const chunkQueueArn = requireEnv(ENV.chunkQueueArn);
const ports: QueueBatchPorts = {
  ...deliveryPorts(new DynamoDBClient()),
  format: messageFormat(),
  maxBytes: maxMessageBytes(),
  maxAgeMillis: requireNumber(ENV.maxAgeSeconds) * 1_000,
  // Its endpoint, not the queue's address, says where to go: so that an endpoint from the environment counts.
  queue: new SqsQueue(new SQSClient({ useQueueUrlAsEndpoint: false }), requireEnv(ENV.chunkQueueUrl)),
  report: new Report(),
};

/** Broadcasts what lies on the queue: plans messages, and delivers the work items that they were cut into. */
export async function handler({ Records: records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failures = await handleRecords(records.map((record) => toQueueRecord(record, chunkQueueArn)), deadlineOf(context), ports);
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}
