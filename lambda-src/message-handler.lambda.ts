import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { credentialsFrom, SignedSender } from './aws/connections-api';
import { ConnectionsTable } from './aws/connections-table';
import { defaultDeliveryRate } from './aws/default-rate';
import { messageFormat, requireEnv, requireNumber } from './aws/environment';
import { Report } from './aws/report';
import { SharedBudget } from './aws/shared-budget';
import { systemClock } from './aws/system-clock';
import { broadcast } from './core/broadcast';
import { encode } from './core/message';
import { ENV } from '../src/private/contract';

/** Kept back from the time limit for the report. */
const MARGIN_MILLIS = 500;

const tableName = requireEnv(ENV.tableName);
const format = messageFormat();
const excludesSender = process.env[ENV.excludeSender] === 'true';
const region = requireEnv('AWS_REGION');
const rate = Number(process.env[ENV.deliveryRateLimit]) || defaultDeliveryRate(region);

const client = new DynamoDBClient();
const table = new ConnectionsTable(client, tableName);
const budget = new SharedBudget(client, tableName, rate, systemClock);
const sender = new SignedSender({
  callbackUrl: requireEnv(ENV.callbackUrl),
  region,
  credentials: () => credentialsFrom(process.env),
  memoryMegabytes: requireNumber('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
});
const report = new Report();
const collaborators = {
  recipients: table, rows: table, sender, budget, clock: systemClock, random: Math.random, maxInFlight: sender.maxInFlight,
};

/** Broadcasts what a client sent. Throws when nobody could be reached for a reason that the sender should learn. */
export async function handler(event: APIGatewayProxyWebsocketEventV2, context: Context): Promise<{ statusCode: number }> {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MILLIS;
  const { connectionId: from, messageId: id, requestTimeEpoch: sentAt } = event.requestContext;
  const body = encode({ id, from, sentAt, text: event.body ?? '' }, format);
  const excluded = new Set(excludesSender ? [from] : []);
  const result = await broadcast({ ...collaborators, body, excluded, deadline });
  report.broadcast(id, result);
  if (result.failure) throw result.failure;
  return { statusCode: 200 };
}
