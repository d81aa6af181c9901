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

/** A handshake, with which a client may subscribe to channels. */
export interface LayeredHandshake extends Handshake {
  /** As the address names them, in their order. */
  readonly channels: readonly string[];
  /** What the authorizer said of the client. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

export interface LayeredConnectPorts extends ConnectPorts {
  readonly members: MemberTable;
  readonly rules: ChannelRules;
  /** The most channels of a connection, its personal one apart. */
  readonly maxChannels: number;
  /** The key of the authorizer's context that holds the id of the user. @default - users have none */
  readonly userIdKey?: string;
  /** The key of the authorizer's context that names the user to others. */
  readonly senderNameKey?: string;
  readonly hook?: Pick<MessageHook, 'ask'>;
  /** Learns why a client was not let in, and that the members table failed. */
  readonly channelReport: {
    refused(reason: string): void;
    failed(messageId: string, error: Error): void;
  };
}

/**
 * Answers a handshake.
 *
 * Invariant: a client is let in only when it is a member of the channel of its user and of each that it named, so that it receives
 * every message to them that is accepted from then on.
 */
export async function connectWithChannels(handshake: LayeredHandshake, deadline: number, ports: LayeredConnectPorts): Promise<HandshakeAnswer> {
  const { members, clock, origins, channelReport } = ports;
  // Before anything is asked for that costs: of a page that may not connect, nothing is looked at.
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
    // It is not let in. What cannot be deleted now dies by its TTL, or by the first message to it.
    await forget(handshake, ports, abortSignal).catch(() => undefined);
    return { statusCode: 500 };
  });
}

const CLOSED = 'it named a channel to which it may not subscribe';

/** Why a client is not let in; in words that hold nothing of what it sent. */
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
    if (!rule) return 'it named a channel that there is not';
    const verdict = verdictOf(rule.subscribe, channel, asker, rule);
    if (verdict === 'hook') hooked.push(channel);
    else if (verdict !== 'allowed') return CLOSED;
  }
  // All at once: one after the other they could take longer than the handshake may.
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
