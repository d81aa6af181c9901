import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { channelRules, maxChannelsPerConnection, userIdKey } from './channel-environment';
import { ChannelReport } from './channel-report';
import { connectPorts } from './connect-ports';
import { forgetting, membersTable } from './members';
import { messageHook } from './message-hook';
import { ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';
import type { ConnectionKey } from '../core/connection';
import type { Headers } from '../core/headers';
import type { LayeredConnectPorts, LayeredHandshake } from '../core/layered-connect';

/** Query string parameter that names a channel; it may occur several times. */
const CHANNEL_PARAMETER = 'channel';

/** Used part of an event of `$connect` or `$disconnect`. */
export interface LayeredConnectionEvent {
  readonly headers?: Headers | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly requestContext: ConnectionKey & { readonly eventType: string; readonly authorizer?: Readonly<Record<string, unknown>> };
}

export function handshakeOf(event: LayeredConnectionEvent): LayeredHandshake {
  const { headers, queryStringParameters, multiValueQueryStringParameters, requestContext: { connectionId, connectedAt, authorizer } } = event;
  const single = queryStringParameters?.[CHANNEL_PARAMETER];
  const channels = multiValueQueryStringParameters?.[CHANNEL_PARAMETER] ?? (single === undefined ? [] : [single]);
  return { connectionId, connectedAt, headers, authorizer, channels };
}

/** Builds the ports of connecting from the environment, once, when the function is loaded. */
export function layeredConnectPorts(client: DynamoDBClient): LayeredConnectPorts {
  const members = membersTable(client);
  if (!members) throw new Error(`environment variable ${LAYER_ENV.membersTableName} must be set; the construct sets it`);
  return {
    ...connectPorts(client),
    ...forgetting(members),
    members,
    rules: channelRules(),
    maxChannels: maxChannelsPerConnection(),
    userIdKey: userIdKey(),
    senderNameKey: process.env[ENV.senderNameKey],
    hook: messageHook(),
    channelReport: new ChannelReport(),
  };
}
