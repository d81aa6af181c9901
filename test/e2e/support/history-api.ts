import { type Stack } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, MessageFormat, MessageRateLimit } from '../../../src';

export interface HistoryApiProps extends BroadcastWebSocketApiProps {
  /** Variables of the appending functions, for values that the construct would refuse. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Creates an API with a history and a queue for backends, whose failures reach the dead-letter queue within a test. Clients may send as
 * fast as tests do.
 */
export function historyApi(stack: Stack, id: string, { environment = {}, ...props }: HistoryApiProps): BroadcastWebSocketApi {
  const api = new BroadcastWebSocketApi(stack, id, {
    messageFormat: MessageFormat.ENVELOPE, history: {}, messageRateLimit: MessageRateLimit.unlimited(), ...props,
  });
  for (const handler of [api.messageHandler, api.deliveryHandler]) {
    for (const [name, value] of Object.entries(environment)) handler.addEnvironment(name, value);
  }
  for (const queue of api.node.findAll().filter((each): each is CfnQueue => each instanceof CfnQueue)) {
    // Failures come again after some seconds instead of 90; longer than a cold start on a busy machine.
    queue.visibilityTimeout = 8;
    if (queue.redrivePolicy) queue.addPropertyOverride('RedrivePolicy.maxReceiveCount', 2);
  }
  return api;
}
