import { type Stack } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, MessageFormat, MessageRateLimit } from '../../../src';

export interface HistoryApiProps extends BroadcastWebSocketApiProps {
  /** Of the functions that append, for what the construct would not let through. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An API with a history and a queue for backends, whose failures are in the dead-letter queue within a test. Clients may send as fast as tests do. */
export function historyApi(stack: Stack, id: string, { environment = {}, ...props }: HistoryApiProps): BroadcastWebSocketApi {
  const api = new BroadcastWebSocketApi(stack, id, {
    messageFormat: MessageFormat.ENVELOPE, history: {}, messageRateLimit: MessageRateLimit.unlimited(), ...props,
  });
  for (const handler of [api.messageHandler, api.deliveryHandler]) {
    for (const [name, value] of Object.entries(environment)) handler.addEnvironment(name, value);
  }
  for (const queue of api.node.findAll().filter((each): each is CfnQueue => each instanceof CfnQueue)) {
    // What fails comes again after seconds instead of 90; longer than a cold start on a busy machine.
    queue.visibilityTimeout = 8;
    if (queue.redrivePolicy) queue.addPropertyOverride('RedrivePolicy.maxReceiveCount', 2);
  }
  return api;
}
