import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { ConnectionsTable } from './aws/connections-table';
import { originRule, requireEnv, requireNumber } from './aws/environment';
import { MetricLines } from './aws/metric-lines';
import { deadlineOf, systemClock } from './aws/system-clock';
import { within } from './core/clock';
import { admitsOrigin } from './core/origin';
import { firstSubprotocol } from './core/subprotocol';
import { ENV, METRIC_UNSTORED } from '../src/private/contract';

const table = new ConnectionsTable(new DynamoDBClient(), requireEnv(ENV.tableName));
const ttlSeconds = requireNumber(ENV.connectionTtlSeconds);
const origins = originRule();
const logger = new Logger();
const metrics = new MetricLines();

/** What is used of an event of `$connect` or `$disconnect`. */
interface ConnectionEvent {
  readonly headers?: Record<string, string | undefined> | null;
  readonly requestContext: { readonly eventType: string; readonly connectionId: string; readonly connectedAt: number };
}

interface Response {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
}

/** Keeps the connections table: a row for each connection, from before it is open until after it is closed. */
export async function handler({ requestContext, headers }: ConnectionEvent, context: Context): Promise<Response> {
  const { eventType, connectionId, connectedAt } = requestContext;
  const deadline = deadlineOf(context);
  if (eventType === 'DISCONNECT') {
    await within(systemClock, deadline, (abortSignal) => table.remove(connectionId, connectedAt, abortSignal));
    return { statusCode: 200 };
  }
  if (origins && !admitsOrigin(headers ?? {}, origins)) {
    logger.info('a client was refused: it named no origin, or one that is not among allowedOrigins');
    return { statusCode: 403 };
  }
  try {
    const row = { connectionId, connectedAt, ttl: Math.floor(connectedAt / 1000) + ttlSeconds };
    await within(systemClock, deadline, (abortSignal) => table.store(row, abortSignal));
  } catch (error) {
    // A client that would receive nothing is not let in.
    logger.error('the connection could not be stored, so it was refused: see the permissions and throttles of the table', error as Error);
    metrics.write({ [METRIC_UNSTORED]: 1 });
    return { statusCode: 500 };
  }
  const subprotocol = firstSubprotocol(headers ?? {});
  return { statusCode: 200, ...(subprotocol && { headers: { 'Sec-WebSocket-Protocol': subprotocol } }) };
}
