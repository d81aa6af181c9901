import { sqsClient } from './aws/sqs-client';
import { dynamoClient } from './aws/dynamo-client';
import type { Context } from 'aws-lambda';
import { requireEnv } from './aws/environment';
import { incomingMessageOf, intakePorts, type MessageEvent } from './aws/intake-ports';
import { SqsQueue } from './aws/queue';
import { deadlineOf, systemClock } from './aws/system-clock';
import { within } from './core/clock';
import { QueueRefusedError } from './core/errors';
import { takeIn } from './core/intake';
import { writePublication } from './core/publication';
import { ENV } from '../src/private/contract';

const intake = intakePorts(dynamoClient());
const queue = new SqsQueue(sqsClient(), requireEnv(ENV.broadcastQueueUrl));

/**
 * Puts a client's message on the broadcast queue, as all its recipients will get it. Throws when the message is refused or the queue does not
 * take it, so that the sender learns that nobody gets it.
 */
export async function handler(event: MessageEvent, context: Context): Promise<{ statusCode: number }> {
  return within(systemClock, deadlineOf(context), async (abortSignal) => {
    const message = await takeIn(incomingMessageOf(event), intake, abortSignal);
    if ('statusCode' in message) return { statusCode: message.statusCode };
    const { body, attributes } = writePublication(message);
    // One client's flood does not hold up other clients' messages.
    await queue.publish({ body, group: event.requestContext.connectionId }, attributes, abortSignal).catch((error: unknown) => {
      throw new QueueRefusedError(error);
    });
    return { statusCode: 200 };
  });
}
