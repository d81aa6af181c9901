import { dynamoClient } from './aws/dynamo-client';
import type { Context } from 'aws-lambda';
import { connectPorts } from './aws/connect-ports';
import { deadlineOf } from './aws/system-clock';
import { connect, disconnect, type HandshakeAnswer } from './core/connect';
import type { ConnectionKey } from './core/connection';
import type { Headers } from './core/headers';

const ports = connectPorts(dynamoClient());

/** The part of an event of `$connect` or `$disconnect` that is used. */
interface ConnectionEvent {
  readonly headers?: Headers | null;
  readonly requestContext: ConnectionKey & { readonly eventType: string };
}

/** Keeps the connections table: a row for each connection, from before it is open until after it is closed. */
export async function handler({ requestContext, headers }: ConnectionEvent, context: Context): Promise<HandshakeAnswer> {
  const { eventType, connectionId, connectedAt } = requestContext;
  const deadline = deadlineOf(context);
  if (eventType !== 'DISCONNECT') return connect({ connectionId, connectedAt, headers }, deadline, ports);
  await disconnect({ connectionId, connectedAt }, deadline, ports);
  return { statusCode: 200 };
}
