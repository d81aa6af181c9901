import { SQSClient } from '@aws-sdk/client-sqs';
import { withWholeBodies } from './whole-bodies';

/** The client's endpoint, not the queue's address, is used, so that an endpoint from the environment takes effect. */
export function sqsClient(): SQSClient {
  return withWholeBodies(new SQSClient({ useQueueUrlAsEndpoint: false }));
}
