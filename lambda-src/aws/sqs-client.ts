import { SQSClient } from '@aws-sdk/client-sqs';
import { withWholeBodies } from './whole-bodies';

/** Its endpoint, not the queue's address, says where to go: so that an endpoint from the environment counts. */
export function sqsClient(): SQSClient {
  return withWholeBodies(new SQSClient({ useQueueUrlAsEndpoint: false }));
}
