import { sqsClient } from './sqs-client';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { addresseeReader } from './channel-environment';
import { maxMessageBytes, messageFormat, optionalNumber, requireEnv, requireNumber } from './environment';
import { layeredDelivery } from './layered-delivery';
import { PatternReport } from './pattern-report';
import { SqsQueue } from './queue';
import { toQueueRecord } from './sqs-record';
import { ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';
import type { AddressedPorts } from '../core/addressed-batch';
import type { LayeredRecord } from '../core/layered-delivery';

/** Builds the ports of a layered delivery handler, except those of the log, from the environment, once, when the function is loaded. */
export function layeredDeliveryPorts(client: DynamoDBClient): AddressedPorts {
  const sqs = sqsClient();
  const deadLetterQueueUrl = process.env[ENV.deadLetterQueueUrl];
  return {
    ...layeredDelivery(client),
    format: messageFormat(),
    maxBytes: maxMessageBytes(),
    maxAgeMillis: requireNumber(ENV.maxAgeSeconds) * 1_000,
    workers: optionalNumber(ENV.workers),
    queue: new SqsQueue(sqs, requireEnv(ENV.chunkQueueUrl)),
    deadLetters: deadLetterQueueUrl === undefined ? undefined : new SqsQueue(sqs, deadLetterQueueUrl),
    addressees: addresseeReader(),
    report: new PatternReport(),
  };
}

/** Classifies a record by its queue. Direct mode has no queue of placed messages. */
export function layeredRecords(): (record: SQSRecord) => LayeredRecord {
  const chunkQueueArn = requireEnv(ENV.chunkQueueArn);
  const messageQueueArn = process.env[LAYER_ENV.messageQueueArn];
  return (record) => ({ ...toQueueRecord(record, chunkQueueArn), isPlaced: record.eventSourceARN === messageQueueArn });
}
