import { Annotations, Duration, Token, Tokenization } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Queue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { DEFAULT, ENV, TUNING } from '../contract';
import { DeliveryHandlerFunction } from './delivery-handler-function';
import { handlerFunctionOptions } from './handler-function-options';
import { deliveryEnvironment, type HandlerInputs, storageOf } from './handlers';
import { LayeredDeliveryHandlerFunction } from './layered-delivery-handler-function';
import { hasMessageQueue } from './publish-access';
import { feed, newQueue, type Feed } from './queues';
import { addresseeEnvironment } from '../channels/layer-environment';
import { isLayered, sharesFrames } from '../channels/layers';
import { late } from '../late';
import { LAYER_ENV } from '../layer-contract';
import { grantSendingKey } from '../storage/encryption';

/** Connections that a message can reach before it is too old, or else synth warns. */
const SERVED_RECIPIENTS = 1_000;
const QUEUE_RETENTION = Duration.days(1);

/** The queues of broadcasts, and the function behind them. */
export interface Delivery {
  readonly broadcastQueue: Queue;
  readonly chunkQueue: Queue;
  /** The private queue of clients' messages that are in the history already. */
  messageQueue?: Queue;
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
  const messageFeed = messageFeedOf(inputs);
  const { windowSeconds } = messageFeed;
  const broadcastQueue = newQueue(scope, 'BroadcastQueue', { retention: QUEUE_RETENTION, deadLetterQueue, windowSeconds, ...storage });
  const chunkQueue = newQueue(scope, 'ChunkQueue', { retention: QUEUE_RETENTION, deadLetterQueue, ...storage });
  const Handler = isLayered(inputs) ? LayeredDeliveryHandlerFunction : DeliveryHandlerFunction;
  const handler = new Handler(scope, 'DeliveryHandler', handlerFunctionOptions(scope, {
    description: `Broadcasts what lies on the queue of the WebSocket API ${apiName}`,
    memorySize: 1024,
    timeoutSeconds: TUNING.deliveryHandlerTimeoutSeconds,
    environment: {
      ...deliveryEnvironment(scope, inputs),
      ...addresseeEnvironment(props),
      [ENV.chunkQueueUrl]: chunkQueue.queueUrl,
      [ENV.chunkQueueArn]: chunkQueue.queueArn,
      [ENV.deadLetterQueueUrl]: deadLetterQueue.queueUrl,
      ...(fanOut.workers !== DEFAULT.workers && { [ENV.workers]: Tokenization.stringifyNumber(fanOut.workers) }),
      ...(sharesFrames(props) && { [LAYER_ENV.sharedFrames]: 'true' }),
      [ENV.maxAgeSeconds]: Tokenization.stringifyNumber(fanOut.maxAgeSeconds),
    },
    logGroupId: 'DeliveryHandlerLogs',
    ...storage,
  }, props.deliveryHandlerOptions));
  const resourceArns = [chunkQueue.queueArn, deadLetterQueue.queueArn];
  Grant.addToPrincipal({ grantee: handler, actions: ['sqs:SendMessage'], resourceArns });
  grantSendingKey(chunkQueue, handler);
  warnOfSlowDelivery(scope, inputs);
  feed(handler, 'BroadcastSource', broadcastQueue, messageFeed);
  // One item at a time: it is all that a worker can do before its time limit, and it is alone in what goes wrong.
  feed(handler, 'ChunkSource', chunkQueue, { batchSize: 1, maxConcurrency: fanOut.workers });
  const delivery = { broadcastQueue, chunkQueue, deadLetterQueue, handler };
  ensureMessageQueue(scope, delivery, inputs);
  return delivery;
}

/** Creates the queue of clients' messages where they need one and there is none yet. */
export function ensureMessageQueue(scope: Construct, delivery: Delivery, inputs: HandlerInputs): void {
  if (delivery.messageQueue || !hasMessageQueue(inputs)) return;
  const { deadLetterQueue, handler } = delivery;
  const messageFeed = messageFeedOf(inputs);
  const { windowSeconds } = messageFeed;
  const messageQueue = newQueue(scope, 'MessageQueue', { retention: QUEUE_RETENTION, deadLetterQueue, windowSeconds, ...storageOf(inputs.props) });
  handler.addEnvironment(LAYER_ENV.messageQueueArn, messageQueue.queueArn);
  feed(handler, 'MessageSource', messageQueue, messageFeed);
  delivery.messageQueue = messageQueue;
}

/** Maximum messages of one invocation, and maximum time that they wait for each other. */
function messageFeedOf({ fanOut: { batchSize, maxBatchingWindowSeconds } }: HandlerInputs): Feed {
  return { batchSize: batchSize ?? TUNING.publicQueueBatch, maxConcurrency: TUNING.publicQueueConcurrency, windowSeconds: maxBatchingWindowSeconds };
}

/** Lets a function put clients' messages on their queue: which one that is, is settled when the app is synthesised. */
export function letEnqueue(handler: LambdaFunction, delivery: Delivery): void {
  const { broadcastQueue } = delivery;
  handler.addEnvironment(ENV.broadcastQueueUrl, late(() => (delivery.messageQueue ? undefined : broadcastQueue.queueUrl)));
  handler.addEnvironment(LAYER_ENV.messageQueueUrl, late(() => delivery.messageQueue?.queueUrl));
  const resourceArns = [late(() => (delivery.messageQueue ?? broadcastQueue).queueArn)];
  grantSendingKey(broadcastQueue, handler);
  Grant.addToPrincipal({ grantee: handler, actions: ['sqs:SendMessage'], resourceArns });
}

/** A message that is too old is dropped: at a low rate, before most have got it. */
function warnOfSlowDelivery(scope: Construct, { fanOut: { maxAgeSeconds }, props: { deliveryRateLimit: rate } }: HandlerInputs): void {
  if (rate === undefined || Token.isUnresolved(rate) || Token.isUnresolved(maxAgeSeconds) || rate * maxAgeSeconds >= SERVED_RECIPIENTS) return;
  Annotations.of(scope).addWarningV2(
    'cdk-broadcast-websocket-api:maxAgeBelowDelivery',
    `'deliveryRateLimit' × 'maxAge' should serve ${SERVED_RECIPIENTS} recipients at least, got ${rate} a second × ${maxAgeSeconds} s; `
    + 'a recipient that a message has not reached by then never gets it: raise one of them, or acknowledge this if fewer ever connect',
  );
}
