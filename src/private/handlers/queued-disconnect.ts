import { Duration } from 'aws-cdk-lib';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Queue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { DisconnectHandlerFunction } from './disconnect-handler-function';
import { handlerFunctionOptions } from './handler-function-options';
import { type HandlerInputs, reachEnvironment, storageOf } from './handlers';
import { feed, newQueue } from './queues';
import { addresseeEnvironment } from '../channels/layer-environment';
import { TUNING } from '../contract';
import { LAYER_TUNING } from '../layer-contract';

/** All that closes the connections named on a queue. */
export interface Disconnection {
  readonly disconnectQueue: Queue;
  readonly deadLetterQueue: Queue;
  readonly handler: LambdaFunction;
}

/**
 * Creates the queue on which backends ask for connections to be closed, and the function behind it. What the function may do to anything
 * but the queue is granted by the caller.
 *
 * It is a queue of its own: IAM cannot tell such a message from one that is published, and few may close connections.
 */
export function createDisconnection(scope: Construct, inputs: HandlerInputs): Disconnection {
  const { apiName, props } = inputs;
  const storage = storageOf(props);
  const deadLetterQueue = newQueue(scope, 'DisconnectDeadLetterQueue', { retention: Duration.days(TUNING.deadLetterDays), ...storage });
  const disconnectQueue = newQueue(scope, 'DisconnectQueue', { retention: Duration.days(1), deadLetterQueue, ...storage });
  const handler = new DisconnectHandlerFunction(scope, 'DisconnectHandler', handlerFunctionOptions(scope, {
    description: `Closes connections of the WebSocket API ${apiName}`,
    memorySize: 256,
    timeoutSeconds: LAYER_TUNING.disconnectHandlerTimeoutSeconds,
    environment: { ...reachEnvironment(scope, inputs), ...addresseeEnvironment(props) },
    logGroupId: 'DisconnectHandlerLogs',
    ...storage,
  }, props.disconnectHandlerOptions));
  feed(handler, 'DisconnectSource', disconnectQueue, {
    batchSize: TUNING.publicQueueBatch, maxConcurrency: TUNING.publicQueueConcurrency,
  });
  return { disconnectQueue, deadLetterQueue, handler };
}
