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

/** Records failures of the history. */
export interface HistoryReporter {
  /** The history was not available, or the sender's rate unknown; the sender of the message or action was notified. */
  failed(messageId: string, error: Error): void;
  /** A client was notified that it missed messages which cannot be recovered. */
  unrecovered(messageId: string): void;
}

export interface ChannelReporter {
  /** The members table was not available; the sender of the action was notified. */
  failed(messageId: string, error: Error): void;
}

/** The lists of who is there. */
export interface PresencePorts {
  list(channel: string, abortSignal?: AbortSignal): Promise<PresenceList>;
  /** Returns the list, and has it made again soon: a client that asks may have reason to doubt it. */
  ask(channel: string, abortSignal?: AbortSignal): Promise<PresenceList>;
}

/** Collaborators for channels. */
export interface ChannelPorts {
  readonly rules: ChannelRules;
  readonly table: MemberTable;
  /** Most channels of a connection, without its personal one. */
  readonly maxChannels: number;
  /** Lifetime of a connection's rows, in seconds after its handshake. */
  readonly ttlSeconds: number;
  readonly report: ChannelReporter;
  /** Absent where no channel has a list. */
  readonly presence?: PresencePorts;
  /** Sends answers to a client besides the one that its request returns. Never rejects. */
  readonly answer: (connectionId: string, frames: readonly object[], abortSignal: AbortSignal) => Promise<void>;
}

export interface LayeredMessagePorts {
  /** Intake of plain text; its rules also apply to `publish`. */
  readonly intake: IntakePorts;
  /** Absent when connections have no rate limit. */
  readonly actionRate?: Pick<ActionRate, 'spend'>;
  /** Rule for publishing to all connections. */
  readonly publishAccess: AccessRule;
  readonly clock: Clock;
  /** The log during one invocation; absent without a history. */
  readonly logUntil?: (deadline: number, abortSignal: AbortSignal) => HistoryLog;
  /** Appends a message where it is kept, and delivers it or puts it on a queue. */
  readonly publish: Publish;
  /** Whether messages are delivered by this invocation instead of through a queue. */
  readonly deliversNow: boolean;
  readonly report: HistoryReporter;
  /** Learns that the queue did not take the message of an action. */
  readonly unqueued?: (messageId: string, error: Error) => void;
  /** Absent without channels. */
  readonly channels?: ChannelPorts;
  /** Key of the authorizer's context that holds the user's id. @default - users have none */
  readonly userIdKey?: string;
  /** Absent without a hook. */
  readonly hook?: Pick<MessageHook, 'ask'>;
}

export interface Invocation {
  readonly deadline: number;
  readonly abortSignal: AbortSignal;
}

/** Facts about the sender that an action needs. */
export interface Sender {
  readonly userId?: string;
  readonly from: string;
  readonly authorizer?: Readonly<Record<string, unknown>>;
}

export function senderOf({ sender: { connectionId }, authorizer }: RoutedMessage, { intake, userIdKey }: LayeredMessagePorts): Sender {
  return { userId: userIdOf(authorizer, userIdKey), from: senderNameOf(authorizer, intake.senderNameKey) ?? connectionId, authorizer };
}

/** Checks an action before its channel is looked at: its rate first, since every action counts against it, then its form. */
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
    if (failure instanceof SenderUnknownError) return refused(incoming, ports, ref, 'unavailable', 'the server no longer knows this connection; connect again');
    ports.report.failed(id, failure as Error);
    return errorFrame(ref, 'unavailable', 'the rate of this connection could not be checked; try again in a few seconds');
  }
  if (error) return refused(incoming, ports, ref, error.code, error.message);
  return undefined;
}

/** Counts a refusal and returns its frame. */
export function refused(
  { id }: RoutedMessage, { intake }: LayeredMessagePorts, ref: string | undefined, code: ErrorCode, message: string,
): ErrorFrame {
  intake.countRefusal(id, code);
  return errorFrame(ref, code, message);
}

export function unknownChannel(incoming: RoutedMessage, ports: LayeredMessagePorts, ref: string): ErrorFrame {
  return refused(incoming, ports, ref, 'unknown_channel', noSuchChannel(ports));
}

export function noSuchChannel({ channels }: LayeredMessagePorts): string {
  return `this API has no such channel; ${channels ? 'name another one' : 'leave \'channel\' out'}`;
}

/**
 * Refuses a client that has to be a member and is not; undefined for a member.
 *
 * @param members members of the channel, if they are read anyway
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
    return errorFrame(ref, 'unavailable', 'the subscription of this connection could not be checked; try again in a few seconds');
  }
}

/** Builds the question for the hook. */
export function questionOf(incoming: RoutedMessage, { userId, from, authorizer }: Sender, rest: Pick<HookQuestion, 'type' | 'id' | 'channel' | 'message'>): HookQuestion {
  const { sentAt, sender: { connectionId } } = incoming;
  return { ...rest, sentAt, connectionId, userId, from, authorizer };
}

/** Whether the rule forbids the action without any look-up. */
export function isClosed(verdict: Verdict, ports: LayeredMessagePorts): boolean {
  return verdict === 'forbidden' || (verdict === 'hook' && !ports.hook);
}
