import { dynamoClient } from './aws/dynamo-client';
import type { Context } from 'aws-lambda';
import { deliveryPorts } from './aws/delivery-ports';
import { incomingMessageOf, intakePorts, type MessageEvent } from './aws/intake-ports';
import { Report } from './aws/report';
import { deadlineOf, systemClock } from './aws/system-clock';
import { broadcast, totalFailure } from './core/broadcast';
import { within } from './core/clock';
import { takeIn } from './core/intake';
import { encode } from './core/message';
import { TUNING } from '../src/private/contract';

const client = dynamoClient();
const intake = intakePorts(client);
// Pages are small: rows are read while others are sent to, and larger pages would only wait in memory.
const delivery = deliveryPorts(client, { pageRows: TUNING.deliveryPageRows });
const report = new Report();

/** Broadcasts a client's message. Throws when nobody got it, so that the sender learns of it. */
export async function handler(event: MessageEvent, context: Context): Promise<{ statusCode: number }> {
  const deadline = deadlineOf(context);
  const message = await within(systemClock, deadline, (abortSignal) => takeIn(incomingMessageOf(event), intake, abortSignal));
  if ('statusCode' in message) return { statusCode: message.statusCode };
  const { target, excluded } = message;
  const result = await broadcast({ body: encode(message), recipients: delivery.recipientsOf(target), excluded, deadline }, delivery);
  report.broadcast(message.id, result);
  const failure = totalFailure(result);
  if (failure) throw failure;
  return { statusCode: 200 };
}
