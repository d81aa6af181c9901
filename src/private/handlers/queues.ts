import { Duration } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { TUNING } from '../contract';
import { type StorageDefaults } from '../monitoring/log-group';
import { grantReadingKey } from '../storage/encryption';

interface NewQueue extends StorageDefaults {
  readonly retention: Duration;
  readonly deadLetterQueue?: Queue;
  /** Maximum time that Lambda collects messages before it invokes the function. @default 0 */
  readonly windowSeconds?: number;
}

/** Settings by which Lambda reads a queue. */
export interface Feed {
  readonly batchSize: number;
  readonly maxConcurrency: number;
  readonly windowSeconds?: number;
}

/** A queue that waits for our functions, and takes requests over TLS only. */
export function newQueue(
  scope: Construct, id: string, { retention, deadLetterQueue, removalPolicy, encryptionKey, windowSeconds = 0 }: NewQueue,
): Queue {
  return new Queue(scope, id, {
    // Not AWS's key for SQS: it would keep SNS and EventBridge out.
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    retentionPeriod: retention,
    // Messages that Lambda is collecting must stay hidden.
    visibilityTimeout: Duration.seconds(TUNING.queueVisibilitySeconds + windowSeconds),
    ...(deadLetterQueue && { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: TUNING.queueReceives } }),
    removalPolicy,
  });
}

/** Lets Lambda read a queue for the function, with the permissions that takes and no more. */
export function feed(handler: LambdaFunction, id: string, queue: Queue, { batchSize, maxConcurrency, windowSeconds }: Feed): void {
  Grant.addToPrincipal({
    grantee: handler,
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resourceArns: [queue.queueArn],
  });
  grantReadingKey(queue, handler);
  new EventSourceMapping(handler, id, {
    target: handler,
    eventSourceArn: queue.queueArn,
    batchSize,
    maxConcurrency,
    ...(windowSeconds !== undefined && { maxBatchingWindow: Duration.seconds(windowSeconds) }),
    reportBatchItemFailures: true,
  });
}
