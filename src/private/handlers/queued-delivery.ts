import { Annotations, Duration, Token, Tokenization } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { DEFAULT, ENV, TUNING } from '../contract';
import { DeliveryHandlerFunction } from './delivery-handler-function';
import { handlerFunctionOptions } from './handler-function-options';
import { deliveryEnvironment, type HandlerInputs, storageOf } from './handlers';
import { LayeredDeliveryHandlerFunction } from './layered-delivery-handler-function';
import { hasMessageQueue } from './publish-access';
import { LAYER_ENV } from '../layer-contract';
import { type StorageDefaults } from '../monitoring/log-group';
import { grantReadingKey, grantSendingKey } from '../storage/encryption';

/** Connections that a message can reach before it is too old, or else synth warns. */
const SERVED_RECIPIENTS = 1_000;

/** All that broadcasts what lies on a queue. */
export interface Delivery {
  readonly broadcastQueue: Queue;
  readonly chunkQueue: Queue;
  /** The private queue of clients' messages that are in the history already. */
  readonly messageQueue?: Queue;
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
  const deadLetterQueue = newQueue(scope, 'DeadLetterQueue', { retention: Duration.days(TUNING.deadLetterDays), ...storage });
  const retention = Duration.days(1);
  const broadcastQueue = newQueue(scope, 'BroadcastQueue', { retention, deadLetterQueue, ...storage });
  const chunkQueue = newQueue(scope, 'ChunkQueue', { retention, deadLetterQueue, ...storage });
  const messageQueue = hasMessageQueue(props) ? newQueue(scope, 'MessageQueue', { retention, deadLetterQueue, ...storage }) : undefined;
  const Handler = inputs.historyTable ? LayeredDeliveryHandlerFunction : DeliveryHandlerFunction;
  const handler = new Handler(scope, 'DeliveryHandler', handlerFunctionOptions(scope, {
    description: `Broadcasts what lies on the queue of the WebSocket API ${apiName}`,
    memorySize: 1024,
    timeoutSeconds: TUNING.deliveryHandlerTimeoutSeconds,
    environment: {
      ...deliveryEnvironment(inputs),
      [ENV.chunkQueueUrl]: chunkQueue.queueUrl,
      [ENV.chunkQueueArn]: chunkQueue.queueArn,
      [ENV.deadLetterQueueUrl]: deadLetterQueue.queueUrl,
      ...(messageQueue && { [LAYER_ENV.messageQueueArn]: messageQueue.queueArn }),
      ...(fanOut.workers !== DEFAULT.workers && { [ENV.workers]: Tokenization.stringifyNumber(fanOut.workers) }),
      [ENV.maxAgeSeconds]: Tokenization.stringifyNumber(fanOut.maxAgeSeconds),
    },
    logGroupId: 'DeliveryHandlerLogs',
    ...storage,
  }, props.deliveryHandlerOptions));
  const resourceArns = [chunkQueue.queueArn, deadLetterQueue.queueArn];
  Grant.addToPrincipal({ grantee: handler, actions: ['sqs:SendMessage'], resourceArns });
  grantSendingKey(chunkQueue, handler);
  warnOfSlowDelivery(scope, inputs);
  feed(handler, 'BroadcastSource', broadcastQueue, TUNING.publicQueueBatch, TUNING.publicQueueConcurrency);
  if (messageQueue) feed(handler, 'MessageSource', messageQueue, TUNING.publicQueueBatch, TUNING.publicQueueConcurrency);
  // One item at a time: it is all that a worker can do before its time limit, and it is alone in what goes wrong.
  feed(handler, 'ChunkSource', chunkQueue, 1, fanOut.workers);
  return { broadcastQueue, chunkQueue, deadLetterQueue, handler, ...(messageQueue && { messageQueue }) };
}

/** Lets a function put messages that are in the history on their queue. */
export function letEnqueue(handler: LambdaFunction, messageQueue: Queue): void {
  handler.addEnvironment(LAYER_ENV.messageQueueUrl, messageQueue.queueUrl);
  Grant.addToPrincipal({ grantee: handler, actions: ['sqs:SendMessage'], resourceArns: [messageQueue.queueArn] });
  grantSendingKey(messageQueue, handler);
}

/** A message that is too old is dropped: at a low rate, before most have got it. */
function warnOfSlowDelivery(scope: Construct, { fanOut: { maxAgeSeconds }, props: { deliveryRateLimit: rate } }: HandlerInputs): void {
  if (rate === undefined || Token.isUnresolved(rate) || Token.isUnresolved(maxAgeSeconds) || rate * maxAgeSeconds >= SERVED_RECIPIENTS) return;
  Annotations.of(scope).addWarningV2(
    'cdk-broadcast-websocket-api:maxAgeBelowDelivery',
    `'deliveryRateLimit' × 'maxAge' should serve ${SERVED_RECIPIENTS} recipients at least, got ${rate} a second × ${maxAgeSeconds} s; `
    + 'whoever a message has not reached by then never gets it: raise one of them, or acknowledge this if fewer ever connect',
  );
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
    visibilityTimeout: Duration.seconds(TUNING.queueVisibilitySeconds),
    ...(deadLetterQueue && { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: TUNING.queueReceives } }),
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
