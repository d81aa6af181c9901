import { sqsClient } from './aws/sqs-client';
import { dynamoClient } from './aws/dynamo-client';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deliveryPorts } from './aws/delivery-ports';
import { maxMessageBytes, messageFormat, optionalNumber, requireEnv, requireNumber } from './aws/environment';
import { SqsQueue } from './aws/queue';
import { Report } from './aws/report';
import { toQueueRecord } from './aws/sqs-record';
import { deadlineOf } from './aws/system-clock';
import { handleRecords, type QueueBatchPorts } from './core/queue-batch';
import { ENV } from '../src/private/contract';

const sqs = sqsClient();
const chunkQueueArn = requireEnv(ENV.chunkQueueArn);
const deadLetterQueueUrl = process.env[ENV.deadLetterQueueUrl];
const ports: QueueBatchPorts = {
  ...deliveryPorts(dynamoClient()),
  format: messageFormat(),
  maxBytes: maxMessageBytes(),
  maxAgeMillis: requireNumber(ENV.maxAgeSeconds) * 1_000,
  workers: optionalNumber(ENV.workers),
  queue: new SqsQueue(sqs, requireEnv(ENV.chunkQueueUrl)),
  deadLetters: deadLetterQueueUrl === undefined ? undefined : new SqsQueue(sqs, deadLetterQueueUrl),
  report: new Report(),
};

/** Broadcasts messages from the queue: plans messages, and delivers the work items that they were cut into. */
export async function handler({ Records: records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failures = await handleRecords(records.map((record) => toQueueRecord(record, chunkQueueArn)), deadlineOf(context), ports);
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}
