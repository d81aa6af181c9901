import { verdictOf, type Asker } from './channels/access';
import { isChannelName, personalChannelOf } from './channels/channel-name';
import type { ChannelRules } from './channels/channel-rules';
import { identify } from './channels/user-id';
import { within } from './clock';
import { connect, type ConnectPorts, type Handshake, type HandshakeAnswer } from './connect';
import { forget } from './forget';
import type { MessageHook } from './hook';
import type { Member, MemberTable } from './members/member-table';
import { subscribe } from './members/membership';
import { admitsOrigin } from './origin';
import { senderNameOf } from './sender-name';
import { LAYER_BOUND } from '../../src/private/layer-contract';

/** A handshake that may subscribe to channels. */
export interface LayeredHandshake extends Handshake {
  /** Channels in the order of the address. */
  readonly channels: readonly string[];
  /** Context that the authorizer returned for the client. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

export interface LayeredConnectPorts extends ConnectPorts {
  readonly members: MemberTable;
  readonly rules: ChannelRules;
  /** Most channels of a connection, without its personal one. */
  readonly maxChannels: number;
  /** Key of the authorizer's context that holds the user's id. @default - users have none */
  readonly userIdKey?: string;
  /** Key of the authorizer's context that names the user to others. */
  readonly senderNameKey?: string;
  readonly hook?: Pick<MessageHook, 'ask'>;
  /** Receives the reason for each refused client, and failures of the members table. */
  readonly channelReport: {
    refused(reason: string): void;
    failed(messageId: string, error: Error): void;
  };
}

/**
 * Answers a handshake.
 *
 * Invariant: a client is admitted only when it is a member of its personal channel and of each channel that it named, so that it receives
 * every message to them that is accepted from then on.
 */
export async function connectWithChannels(handshake: LayeredHandshake, deadline: number, ports: LayeredConnectPorts): Promise<HandshakeAnswer> {
  const { members, clock, origins, channelReport } = ports;
  // Checked before anything that costs: for a page that may not connect, no table is read.
  if (origins && !admitsOrigin(handshake.headers, origins)) return connect(handshake, deadline, ports);
  return within(clock, deadline, async (abortSignal) => {
    const channels = [...new Set(handshake.channels)];
    const refusal = await refusalOf(handshake, channels, ports, abortSignal);
    if (refusal !== undefined) {
      channelReport.refused(refusal);
      return { statusCode: 403 };
    }
    const answer = await connect(handshake, deadline, ports);
    if (answer.statusCode !== 200) return answer;
    const joined = await subscribe(membersOf(handshake, channels, ports), members, abortSignal);
    const failure = joined.find((each) => each !== 'subscribed');
    if (failure === undefined) return answer;
    channelReport.failed(handshake.connectionId, failure instanceof Error ? failure : new Error('the connection closed while it was opening'));
    // The client is not admitted. Rows that cannot be deleted now are deleted by their TTL, or by the first message to them.
    await forget(handshake, ports, abortSignal).catch(() => undefined);
    return { statusCode: 500 };
  });
}

const CLOSED = 'it named a channel to which it may not subscribe';

/** Returns the reason for refusing a client; it holds nothing that the client sent. */
async function refusalOf(
  handshake: LayeredHandshake, channels: readonly string[], ports: LayeredConnectPorts, abortSignal: AbortSignal,
): Promise<string | undefined> {
  const { authorizer } = handshake;
  const { rules, maxChannels, userIdKey } = ports;
  const identity = identify(authorizer, userIdKey);
  if (identity === 'malformed') return 'the id of its user must be 1 to 128 printable ASCII characters';
  const most = Math.min(maxChannels, LAYER_BOUND.channelsPerHandshake);
  if (channels.length > most) return `it named more than ${most} channels`;
  const asker: Asker = { userId: identity.userId, authorizer };
  const hooked: string[] = [];
  for (const channel of channels) {
    const rule = isChannelName(channel) ? rules.of(channel) : undefined;
    if (!rule) return 'it named a channel that does not exist';
    const verdict = verdictOf(rule.subscribe, channel, asker, rule);
    if (verdict === 'hook') hooked.push(channel);
    else if (verdict !== 'allowed') return CLOSED;
  }
  // All at once: one after the other, they could exceed the time of the handshake.
  const allowed = await Promise.all(hooked.map((channel) => isAllowedByHook(handshake, channel, asker, ports, abortSignal)));
  return allowed.every(Boolean) ? undefined : CLOSED;
}

async function isAllowedByHook(
  { connectionId, connectedAt, authorizer }: LayeredHandshake, channel: string, { userId }: Asker, { hook, senderNameKey }: LayeredConnectPorts,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const from = senderNameOf(authorizer, senderNameKey) ?? connectionId;
  const question = { type: 'subscribe', id: connectionId, sentAt: connectedAt, connectionId, userId, from, channel, authorizer } as const;
  const decision = await hook?.ask(question, abortSignal).catch(() => undefined);
  return decision?.action === 'allow';
}

function membersOf(
  { connectionId, connectedAt, authorizer }: LayeredHandshake, channels: readonly string[],
  { userIdKey, senderNameKey, ttlSeconds }: LayeredConnectPorts,
): Member[] {
  const identity = identify(authorizer, userIdKey);
  const userId = identity === 'malformed' ? undefined : identity.userId;
  const from = senderNameOf(authorizer, senderNameKey);
  const all = new Set([...(userId === undefined ? [] : [personalChannelOf(userId)]), ...channels]);
  const ttl = Math.floor(connectedAt / 1_000) + ttlSeconds;
  return [...all].map((channel) => ({ channel, connectionId, connectedAt, at: connectedAt, request: connectionId, ttl, userId, from }));
}
