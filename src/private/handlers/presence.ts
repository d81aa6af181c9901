import { Duration } from 'aws-cdk-lib';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Queue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { handlerFunctionOptions } from './handler-function-options';
import { type HandlerInputs, reachEnvironment, storageOf } from './handlers';
import { PresenceHandlerFunction } from './presence-handler-function';
import { feed, newQueue } from './queues';
import { TUNING } from '../contract';
import { LAYER_TUNING } from '../layer-contract';

/** All that makes the lists of who is in a channel. */
export interface Presence {
  /** The queue of the ticks. Only our functions write to it. */
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly handler: LambdaFunction;
}

/** Creates the queue of the ticks, and the function behind it. What the function may do to anything but the queue is granted by the caller. */
export function createPresence(scope: Construct, inputs: HandlerInputs): Presence {
  const { apiName, channels, props } = inputs;
  const storage = storageOf(props);
  const deadLetterQueue = newQueue(scope, 'PresenceDeadLetterQueue', { retention: Duration.days(TUNING.deadLetterDays), ...storage });
  const queue = newQueue(scope, 'PresenceQueue', { retention: Duration.days(1), deadLetterQueue, ...storage });
  channels.presenceQueue = queue;
  const handler = new PresenceHandlerFunction(scope, 'PresenceHandler', handlerFunctionOptions(scope, {
    description: `Says who is in the channels of the WebSocket API ${apiName}`,
    memorySize: 512,
    timeoutSeconds: LAYER_TUNING.presenceHandlerTimeoutSeconds,
    environment: reachEnvironment(scope, inputs),
    logGroupId: 'PresenceHandlerLogs',
    ...storage,
  }, props.presenceHandlerOptions));
  feed(handler, 'PresenceSource', queue, { batchSize: LAYER_TUNING.presenceBatch, maxConcurrency: LAYER_TUNING.presenceConcurrency });
  return { queue, deadLetterQueue, handler };
}
