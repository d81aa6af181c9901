import { Duration, Tokenization } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { ENV, LIMIT } from './contract';
import { DeliveryHandlerFunction } from './delivery-handler-function';
import { grantReadingKey, grantSendingKey } from './encryption';
import { handlerFunctionOptions } from './handler-function-options';
import { deliveryEnvironment, type HandlerInputs, storageOf } from './handlers';
import { type StorageDefaults } from './log-group';

/** All that broadcasts what lies on a queue. */
export interface Delivery {
  readonly broadcastQueue: Queue;
  readonly chunkQueue: Queue;
  readonly deadLetterQueue: Queue;
  readonly handler: LambdaFunction;
}

/**
 * Creates the queue that broadcasts are asked for on, the private one of the work items that large ones are cut into, and
 * the function behind both. What the function may do to anything but these queues is granted by the caller.
 */
export function createDelivery(scope: Construct, inputs: HandlerInputs): Delivery {
  const { apiName, fanOut, props } = inputs;
  const storage = storageOf(props);
  // Keeps what could not be delivered, messages included: hence encrypted like the others.
  const deadLetterQueue = newQueue(scope, 'DeadLetterQueue', { retention: Duration.days(LIMIT.deadLetterDays), ...storage });
  const retention = Duration.days(1);
  const broadcastQueue = newQueue(scope, 'BroadcastQueue', { retention, deadLetterQueue, ...storage });
  const chunkQueue = newQueue(scope, 'ChunkQueue', { retention, deadLetterQueue, ...storage });
  const handler = new DeliveryHandlerFunction(scope, 'DeliveryHandler', handlerFunctionOptions(scope, {
    description: `Broadcasts what lies on the queue of the WebSocket API ${apiName}`,
    memorySize: 1024,
    timeoutSeconds: LIMIT.deliveryHandlerTimeoutSeconds,
    environment: {
      ...deliveryEnvironment(inputs),
      [ENV.chunkQueueUrl]: chunkQueue.queueUrl,
      [ENV.chunkQueueArn]: chunkQueue.queueArn,
      [ENV.maxAgeSeconds]: Tokenization.stringifyNumber(fanOut.maxAgeSeconds),
    },
    logGroupId: 'DeliveryHandlerLogs',
    ...storage,
  }, props.deliveryHandlerOptions));
  Grant.addToPrincipal({ grantee: handler, actions: ['sqs:SendMessage'], resourceArns: [chunkQueue.queueArn] });
  grantSendingKey(chunkQueue, handler);
  feed(handler, 'BroadcastSource', broadcastQueue, LIMIT.publicQueueBatch, LIMIT.publicQueueConcurrency);
  // One item at a time: it is all that a worker can do before its time limit, and it is alone in what goes wrong.
  feed(handler, 'ChunkSource', chunkQueue, 1, fanOut.workers);
  return { broadcastQueue, chunkQueue, deadLetterQueue, handler };
}

interface NewQueue extends StorageDefaults {
  readonly retention: Duration;
  readonly deadLetterQueue?: Queue;
}

function newQueue(scope: Construct, id: string, { retention, deadLetterQueue, removalPolicy, encryptionKey }: NewQueue): Queue {
  return new Queue(scope, id, {
    // Not AWS's key for SQS: it would keep SNS and EventBridge out.
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    retentionPeriod: retention,
    visibilityTimeout: Duration.seconds(LIMIT.queueVisibilitySeconds),
    ...(deadLetterQueue && { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: LIMIT.queueReceives } }),
    removalPolicy,
  });
}

/** Lets Lambda read a queue for the function, with the permissions that takes and no more. */
function feed(handler: LambdaFunction, id: string, queue: Queue, batchSize: number, maxConcurrency: number): void {
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
    reportBatchItemFailures: true,
  });
}
