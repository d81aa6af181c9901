import type { APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { deadlineOf, delivering } from './aws/delivering';
import { messageFormat } from './aws/environment';
import { Report } from './aws/report';
import { broadcast } from './core/broadcast';
import { encode } from './core/message';
import { ENV } from '../src/private/contract';

const format = messageFormat();
const excludesSender = process.env[ENV.excludeSender] === 'true';
const collaborators = delivering();
const report = new Report();

/** Broadcasts what a client sent. Throws when nobody could be reached for a reason that the sender should learn. */
export async function handler(event: APIGatewayProxyWebsocketEventV2, context: Context): Promise<{ statusCode: number }> {
  const deadline = deadlineOf(context);
  const { connectionId: from, messageId: id, requestTimeEpoch: sentAt } = event.requestContext;
  const body = encode({ id, from, sentAt, text: event.body ?? '' }, format);
  const excluded = new Set(excludesSender ? [from] : []);
  const result = await broadcast({ ...collaborators, body, excluded, deadline });
  report.broadcast(id, result);
  if (result.failure) throw result.failure;
  return { statusCode: 200 };
}
