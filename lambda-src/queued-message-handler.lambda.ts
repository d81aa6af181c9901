import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { messageFormat, requireEnv } from './aws/environment';
import { SqsQueue } from './aws/queue';
import { QueueRefusedError } from './core/errors';
import { encode } from './core/message';
import { writePublication } from './core/publication';
import { ENV } from '../src/private/contract';

const format = messageFormat();
const excludesSender = process.env[ENV.excludeSender] === 'true';
// Its endpoint, not the queue's address, says where to go: so that an endpoint from the environment counts.
const queue = new SqsQueue(new SQSClient({ useQueueUrlAsEndpoint: false }), requireEnv(ENV.broadcastQueueUrl));

/**
 * Puts what a client sent on the queue of the broadcasts, as all its recipients will get it. Throws when it is too large or
 * the queue refuses it: the sender should learn that nobody gets it.
 */
export async function handler({ requestContext, body: text = '' }: APIGatewayProxyWebsocketEventV2): Promise<{ statusCode: number }> {
  const { connectionId: from, messageId: id, requestTimeEpoch: sentAt } = requestContext;
  const encoded = encode({ id, from, sentAt, text }, format);
  const { body, attributes } = writePublication({ id, body: encoded, excluded: new Set(excludesSender ? [from] : []) });
  // One client's flood does not hold up the messages of the others.
  await queue.publish({ body, group: from }, attributes).catch((error: unknown) => {
    throw new QueueRefusedError(error);
  });
  return { statusCode: 200 };
}
