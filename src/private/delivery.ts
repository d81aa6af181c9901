import { Duration, type RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { ENV, LIMIT } from './contract';
import { DeliveryHandlerFunction } from './delivery-handler-function';
import { handlerFunctionOptions } from './handler-function-options';
import { deliveryEnvironment, type HandlerInputs, removalPolicyOf } from './handlers';

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
  const removalPolicy = removalPolicyOf(props);
  // Keeps what could not be delivered, messages included: hence encrypted like the others.
  const deadLetterQueue = newQueue(scope, 'DeadLetterQueue', { retention: Duration.days(LIMIT.deadLetterDays), removalPolicy });
  const retention = Duration.days(1);
  const broadcastQueue = newQueue(scope, 'BroadcastQueue', { retention, deadLetterQueue, removalPolicy });
  const chunkQueue = newQueue(scope, 'ChunkQueue', { retention, deadLetterQueue, removalPolicy });
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
    removalPolicy,
  }, props.deliveryHandlerOptions));
  Grant.addToPrincipal({ grantee: handler, actions: ['sqs:SendMessage'], resourceArns: [chunkQueue.queueArn] });
  feed(handler, 'BroadcastSource', broadcastQueue, LIMIT.publicQueueBatch, LIMIT.publicQueueConcurrency);
  // One item at a time: it is all that a worker can do before its time limit, and it is alone in what goes wrong.
  feed(handler, 'ChunkSource', chunkQueue, 1, fanOut.workers);
  return { broadcastQueue, chunkQueue, deadLetterQueue, handler };
}

interface NewQueue {
  readonly retention: Duration;
  readonly deadLetterQueue?: Queue;
  readonly removalPolicy: RemovalPolicy;
}

function newQueue(scope: Construct, id: string, { retention, deadLetterQueue, removalPolicy }: NewQueue): Queue {
  return new Queue(scope, id, {
    // Not AWS's key for SQS: it would keep SNS and EventBridge out.
    encryption: QueueEncryption.SQS_MANAGED,
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
  new EventSourceMapping(handler, id, {
    target: handler,
    eventSourceArn: queue.queueArn,
    batchSize,
    maxConcurrency,
    reportBatchItemFailures: true,
  });
}
