import { LOG_LIMIT } from './log-limits';
import type { LogPage, PageRoom } from './log-reader';
import { AppendDeadlineError, LogThrottledError, type Entry, type LoggedMessage } from './log-table';
import type { ERROR_CODE } from '../../../src/private/layer-contract';
import type { PresenceList, PresentUser } from '../presence/presence-table';

/** Reason code of a refused action. Clients act on the code; the message is for people. */
export type ErrorCode = (typeof ERROR_CODE)[keyof typeof ERROR_CODE];

export interface ErrorFrame {
  readonly type: 'error';
  /** Absent when the action had none that could be read. */
  readonly ref?: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** Channel of a list that the error is about; absent when the action named one channel, or none. */
  readonly channel?: string;
  /** Position of a message that was not passed on; it keeps this position when it is sent again. */
  readonly position?: number;
}

export interface AckFrame {
  readonly type: 'ack';
  readonly ref: string;
  readonly id: string;
  /** Absent without a history. */
  readonly position?: number;
  /** Connections known to have the message, once the broadcast is over; absent when it is delivered later. */
  readonly delivered?: number;
}

/** A message as connections get it. */
export interface MessageFrame {
  readonly type: 'message';
  readonly id: string;
  readonly from?: string;
  readonly sentAt: number;
  readonly message: string;
  /** Absent for a message to all. */
  readonly channel?: string;
  readonly position?: number;
}

/** Members of an answer that come from the history. */
interface PageMembers {
  readonly epoch: string;
  readonly position: number;
  readonly recovered: boolean;
  readonly more: boolean;
  readonly wait?: number;
  readonly messages: readonly MessageFrame[];
}

export interface HistoryFrame extends PageMembers {
  readonly type: 'history';
  readonly ref: string;
  readonly channel?: string;
}

/** Members of a page are absent where the channel has no history. */
export interface SubscribedFrame extends Partial<PageMembers> {
  readonly type: 'subscribed';
  readonly ref: string;
  readonly channel: string;
  /** Members of the list, as in a frame of presence; absent where the channel has none. */
  readonly version?: number;
  readonly count?: number;
  /** Absent when there are too many, and when the messages leave no room for them. */
  readonly members?: readonly PresentUser[];
}

export interface UnsubscribedFrame {
  readonly type: 'unsubscribed';
  readonly ref: string;
  readonly channel: string;
}

/** A position has at most this many digits. */
const LONGEST_POSITION = Number.MAX_SAFE_INTEGER;
/** Most bytes that a position adds to a message. */
export const POSITION_BYTES = `,"position":${LONGEST_POSITION}`.length;
/** No number of an answer is longer. */
const LONGEST_WAIT = LOG_LIMIT.sealAfterMillis;

export function ackFrame(ref: string, id: string, placed: { readonly position?: number; readonly delivered?: number } = {}): AckFrame {
  const { position, delivered } = placed;
  return { type: 'ack', ref, id, ...(position !== undefined && { position }), ...(delivered !== undefined && { delivered }) };
}

export function errorFrame(ref: string | undefined, code: ErrorCode, message: string, position?: number): ErrorFrame {
  return { type: 'error', ...(ref !== undefined && { ref }), code, message, ...(position !== undefined && { position }) };
}

/** Answers the sender of a message that could not be appended. */
export function appendErrorFrame(ref: string, error: Error): ErrorFrame {
  if (error instanceof LogThrottledError) return errorFrame(ref, 'rate_exceeded', error.message);
  const reason = `the message could not be stored in the history${error instanceof AppendDeadlineError ? ' in time' : ''}; send it again`;
  return errorFrame(ref, 'unavailable', reason);
}

/** Answers the sender of a message that is in the history but could not be passed on. */
export function unqueuedErrorFrame(ref: string, position: number): ErrorFrame {
  return errorFrame(ref, 'unavailable', 'the message is in the history, but could not be queued for delivery; send it again', position);
}

export function messageFrame({ id, from, sentAt, text }: LoggedMessage, channel: string | undefined, position?: number): MessageFrame {
  return {
    type: 'message',
    id,
    ...(from !== undefined && { from }),
    sentAt,
    message: text,
    ...(channel !== undefined && { channel }),
    ...(position !== undefined && { position }),
  };
}

/** Bytes of a message as connections will get it, at any position. */
export function messageBytes(message: LoggedMessage, channel: string | undefined): number {
  return bytesOfFrame(messageFrame(message, channel, LONGEST_POSITION));
}

/** Room for messages of the log in an answer that has to be one frame. */
export function historyRoom(ref: string, channel: string | undefined): PageRoom {
  const page = { epoch: 'e'.repeat(LOG_LIMIT.epochCharacters), position: LONGEST_POSITION, recovered: false, more: false, wait: LONGEST_WAIT, entries: [] };
  return {
    // The answer to a `subscribe` is the longest.
    bytes: LOG_LIMIT.pageBytes - bytesOfFrame(subscribedFrame(ref, channel ?? '', page)),
    // Plus the comma.
    sizeOf: (entry) => bytesOfFrame(messageOf(entry, channel)) + 1,
  };
}

export function historyFrame(ref: string, channel: string | undefined, page: LogPage): HistoryFrame {
  return { type: 'history', ref, ...(channel !== undefined && { channel }), ...membersOf(page, channel) };
}

/**
 * @param page absent where the channel has no history
 * @param list absent where the channel has no list
 */
export function subscribedFrame(ref: string, channel: string, page?: LogPage, list?: PresenceList): SubscribedFrame {
  const frame: SubscribedFrame = { type: 'subscribed', ref, channel, ...(page && membersOf(page, channel)) };
  if (!list) return frame;
  const { version, count, users } = list;
  const whole = { ...frame, version, count, ...(users && { members: users }) };
  // The list comes again soon; the messages do not.
  return bytesOfFrame(whole) <= LOG_LIMIT.pageBytes ? whole : { ...frame, version, count };
}

function membersOf({ epoch, position, recovered, more, wait, entries }: LogPage, channel: string | undefined): PageMembers {
  return {
    epoch,
    position,
    recovered,
    more,
    ...(wait !== undefined && { wait }),
    messages: entries.map((entry) => messageOf(entry, channel)),
  };
}

function messageOf({ position, message }: Entry, channel: string | undefined): MessageFrame {
  return messageFrame(message!, channel, position);
}

function bytesOfFrame(frame: object): number {
  return Buffer.byteLength(JSON.stringify(frame));
}
