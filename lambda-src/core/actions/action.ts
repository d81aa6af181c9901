import type { ActionRate } from '../action-rate';
import type { Verdict } from '../channels/access';
import type { AccessRule, ChannelRules } from '../channels/channel-rules';
import { userIdOf } from '../channels/user-id';
import type { Clock } from '../clock';
import { RateExceededError, SenderUnknownError } from '../errors';
import type { HookQuestion, MessageHook } from '../hook';
import type { IncomingMessage, IntakePorts } from '../intake';
import { errorFrame, type ErrorCode, type ErrorFrame } from '../log/frames';
import type { HistoryLog, Publish } from '../log/publishers';
import type { Parsed } from '../log/requests';
import type { MemberTable } from '../members/member-table';
import type { OpenedSource } from '../opened-source';
import type { PresenceList } from '../presence/presence-table';
import { senderNameOf } from '../sender-name';

/** A client's message, and the route that it took. */
export interface RoutedMessage extends IncomingMessage {
  readonly routeKey: string;
}

/** Learns what went wrong with the history. */
export interface HistoryReporter {
  /** The sender of a message or of an action learned that the history was not available, or its rate unknown. */
  failed(messageId: string, error: Error): void;
  /** A client was told that it has missed messages that cannot be recovered. */
  unrecovered(messageId: string): void;
}

export interface ChannelReporter {
  /** The sender of an action learned that the members table was not available. */
  failed(messageId: string, error: Error): void;
}

/** The lists of who is there. */
export interface PresencePorts {
  list(channel: string, abortSignal?: AbortSignal): Promise<PresenceList>;
  /** The list, which is made again soon: whoever asks may have reason to doubt it. */
  ask(channel: string, abortSignal?: AbortSignal): Promise<PresenceList>;
}

/** What channels need. */
export interface ChannelPorts {
  readonly rules: ChannelRules;
  readonly table: MemberTable;
  /** The most channels of a connection, its personal one apart. */
  readonly maxChannels: number;
  /** Seconds after its handshake at which a connection's rows are dead. */
  readonly ttlSeconds: number;
  readonly report: ChannelReporter;
  /** Absent where no channel has lists of who is there. */
  readonly presence?: PresencePorts;
  /** Sends answers to a client beside the one that its request returns. Never rejects. */
  readonly answer: (connectionId: string, frames: readonly object[], abortSignal: AbortSignal) => Promise<void>;
}

export interface LayeredMessagePorts {
  /** Those of plain text, which also rule over what is published. */
  readonly intake: IntakePorts;
  /** Absent when a connection may send as much as it likes. */
  readonly actionRate?: Pick<ActionRate, 'spend'>;
  /** Who may publish to all connections. */
  readonly publishAccess: AccessRule;
  readonly clock: Clock;
  /** The log during one invocation; absent without a history. */
  readonly logUntil?: (deadline: number, abortSignal: AbortSignal) => HistoryLog;
  /** Appends a message where it is kept, and delivers it or puts it on a queue. */
  readonly publish: Publish;
  /** Whether messages are delivered here and now, and do not go on a queue. */
  readonly deliversNow: boolean;
  readonly report: HistoryReporter;
  /** Learns that the queue did not take the message of an action. */
  readonly unqueued?: (messageId: string, error: Error) => void;
  /** Absent without channels. */
  readonly channels?: ChannelPorts;
  /** The key of the authorizer's context that holds the id of the user. @default - users have none */
  readonly userIdKey?: string;
  /** Absent without a hook. */
  readonly hook?: Pick<MessageHook, 'ask'>;
}

export interface Invocation {
  readonly deadline: number;
  readonly abortSignal: AbortSignal;
}

/** What an action needs to know of its sender. */
export interface Sender {
  readonly userId?: string;
  readonly from: string;
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

export function senderOf({ sender: { connectionId }, authorizer }: RoutedMessage, { intake, userIdKey }: LayeredMessagePorts): Sender {
  return { userId: userIdOf(authorizer, userIdKey), from: senderNameOf(authorizer, intake.senderNameKey) ?? connectionId, authorizer };
}

/** Why an action is refused before its channel is looked at: first for its rate, which every action counts against, then for its form. */
export async function refusalOf(
  incoming: RoutedMessage, { request, error }: Parsed<{ readonly ref: string; readonly again?: boolean }>,
  { abortSignal }: Invocation, ports: LayeredMessagePorts,
): Promise<ErrorFrame | undefined> {
  const { sender, sentAt, id } = incoming;
  const ref = request ? request.ref : error.ref;
  try {
    await ports.actionRate?.spend(sender, sentAt, request?.again ?? false, abortSignal);
  } catch (failure) {
    if (failure instanceof RateExceededError) return refused(incoming, ports, ref, 'rate_exceeded', failure.message);
    if (failure instanceof SenderUnknownError) return refused(incoming, ports, ref, 'unavailable', 'this connection is not known any more; connect again');
    ports.report.failed(id, failure as Error);
    return errorFrame(ref, 'unavailable', 'the rate of this connection could not be checked; send it again');
  }
  if (error) return refused(incoming, ports, ref, error.code, error.message);
  return undefined;
}

/** Counts a refusal, and says why. */
export function refused(
  { id }: RoutedMessage, { intake }: LayeredMessagePorts, ref: string | undefined, code: ErrorCode, message: string,
): ErrorFrame {
  intake.countRefusal(id, code);
  return errorFrame(ref, code, message);
}

export function unknownChannel(incoming: RoutedMessage, ports: LayeredMessagePorts, ref: string): ErrorFrame {
  const cure = ports.channels ? 'name another one' : 'leave \'channel\' out';
  return refused(incoming, ports, ref, 'unknown_channel', `this API has no such channel; ${cure}`);
}

/**
 * Why a client that is no member may not do something for which it has to be one; undefined when it is one.
 *
 * @param members those of the channel, if they are read in any case
 */
export async function membershipRefusal(
  incoming: RoutedMessage, channel: string, ref: string, { abortSignal }: Invocation, ports: LayeredMessagePorts, members?: OpenedSource,
): Promise<ErrorFrame | undefined> {
  const { sender: { connectionId, connectedAt }, id } = incoming;
  const { table, report } = ports.channels!;
  try {
    const found = members ? await members.find(connectionId) : 'unknown';
    const row = found === 'unknown' ? await table.member(channel, connectionId, abortSignal) : found;
    const isMember = row?.connectedAt === connectedAt && (row.ttl === undefined || row.ttl * 1_000 > ports.clock.now());
    return isMember ? undefined : refused(incoming, ports, ref, 'not_subscribed', 'this connection is not subscribed to the channel; subscribe first');
  } catch (error) {
    report.failed(id, error as Error);
    return errorFrame(ref, 'unavailable', 'it could not be looked up whether this connection is subscribed; ask again in a few seconds');
  }
}

/** What the hook is asked about a client. */
export function questionOf(incoming: RoutedMessage, { userId, from, authorizer }: Sender, rest: Pick<HookQuestion, 'type' | 'id' | 'channel' | 'message'>): HookQuestion {
  const { sentAt, sender: { connectionId } } = incoming;
  return { ...rest, sentAt, connectionId, userId, from, authorizer };
}

/** A verdict that the rule reaches without looking anything up. */
export function isClosed(verdict: Verdict, ports: LayeredMessagePorts): boolean {
  return verdict === 'forbidden' || (verdict === 'hook' && !ports.hook);
}
