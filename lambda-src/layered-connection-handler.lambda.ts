import { dynamoClient } from './aws/dynamo-client';
import type { Context } from 'aws-lambda';
import { handshakeOf, layeredConnectPorts, type LayeredConnectionEvent } from './aws/layered-connect-ports';
import { deadlineOf } from './aws/system-clock';
import { disconnect, type HandshakeAnswer } from './core/connect';
import { connectWithChannels } from './core/layered-connect';

const ports = layeredConnectPorts(dynamoClient());

/** Keeps the connections table and the members table: rows for each connection, from before it is open until after it is closed. */
export async function handler(event: LayeredConnectionEvent, context: Context): Promise<HandshakeAnswer> {
  const { eventType, connectionId, connectedAt } = event.requestContext;
  const deadline = deadlineOf(context);
  if (eventType !== 'DISCONNECT') return connectWithChannels(handshakeOf(event), deadline, ports);
  await disconnect({ connectionId, connectedAt }, deadline, ports);
  return { statusCode: 200 };
}
