import { LOG_LIMIT } from './log-limits';
import type { Entry, LoggedMessage, Origin } from './log-table';

/*
 * The rules that make the log safe, in one place. Each is a pure decision on data that was read.
 *
 * 1. A position is reserved once, by one increment of `last`, and filled once, by one conditional put. So it holds at most one message,
 *    and a reader that finds it unfilled may seal it at any age.
 * 2. A read after p is complete if p + 1 was reserved within the retention, since nothing after p was deleted then. The table keeps
 *    entries for the retention with which they were reserved, plus an hour. Retentions change: the origin records those in use.
 * 3. A sealed position never looks younger than it is. Otherwise earlier positions would look kept when they were deleted.
 * 4. A client without a position gets one below which every reservation is filled, sealed, or too old to be filled.
 */

export interface Proof {
  /** A time at which p + 1 was not reserved yet, or only just; epoch milliseconds. */
  readonly at: number;
  readonly by: 'entry' | 'before' | 'origin' | 'previous';
  /** Seconds for which everything reserved since then is kept. */
  readonly keptSeconds: number;
}

/** Data read around a position. */
export interface Around {
  readonly origin: Origin;
  /** Returns the entry at a position, if it was read and is filled. */
  entry(position: number): Entry | undefined;
}

export interface LogRules {
  /** Returns the time at which p + 1 was reserved, if everything since then is certain to be kept. */
  prove(p: number, around: Around, now: number, retentionSeconds: number): Proof | undefined;
  /** Whether a reader may seal a position, given the times of later reservations. */
  isSealable(laterTimes: readonly number[], now: number): boolean;
  /** Returns the entry that seals a position, dated by the entry before it or, without one, by the proof. */
  tombstone(position: number, previous: Entry | undefined, proof: Proof): Entry;
  /** Whether a position holds this message, from an earlier attempt whose answer was lost. */
  isOwn(found: Entry, message: LoggedMessage): boolean;
  /** Whether a message may be delivered at its position this long after its reservation began. */
  isInWindow(elapsedMillis: number): boolean;
  /** Whether nothing that was reserved before this time can still be filled. */
  isPastWindow(at: number, now: number): boolean;
}

export const LOG_RULES: LogRules = { prove, isSealable, tombstone, isOwn, isInWindow, isPastWindow };

function prove(p: number, { origin, entry }: Around, now: number, retentionSeconds: number): Proof | undefined {
  const own = entry(p + 1)?.at;
  const before = entry(p + 2)?.before;
  const last = origin.last === p + 1 ? origin.at : undefined;
  // The previous entry may have been written after p + 1 was reserved; the table keeps everything that much longer.
  const previous = p === origin.first ? origin.createdAt : entry(p)?.at;
  const [by, at] = own !== undefined ? ['entry', own] as const
    : before !== undefined ? ['before', before] as const
      : last !== undefined ? ['origin', last] as const
        : ['previous', previous] as const;
  if (at === undefined) return undefined;
  const keptSeconds = Math.min(retentionSeconds, ...retentionsSince(at, origin));
  return at > now - keptSeconds * 1_000 ? { at, by, keptSeconds } : undefined;
}

/** Returns the retentions of positions that were reserved since then. */
function retentionsSince(at: number, { retentions }: Origin): number[] {
  return [...retentions].filter(([, usedAt]) => usedAt >= at - LOG_LIMIT.keptBeyondRetentionMillis).map(([seconds]) => seconds);
}

function isSealable(laterTimes: readonly number[], now: number): boolean {
  // A time far ahead comes from a wrong clock, and no reader waits for it.
  return laterTimes.some((at) => now - at > LOG_LIMIT.sealAfterMillis || at - now > 2 * LOG_LIMIT.clockSkewMillis);
}

function tombstone(position: number, previous: Entry | undefined, proof: Proof): Entry {
  return previous ? { position, at: previous.at, ttl: previous.ttl } : { position, at: proof.at, ttl: ttlOf(proof.at, proof.keptSeconds) };
}

function isOwn(found: Entry, message: LoggedMessage): boolean {
  return found.message?.id === message.id;
}

function isInWindow(elapsedMillis: number): boolean {
  return elapsedMillis <= LOG_LIMIT.appendWindowMillis;
}

function isPastWindow(at: number, now: number): boolean {
  return now - at > LOG_LIMIT.youngMillis;
}

/** Epoch seconds at which the table may delete an entry that was written at a time. */
export function ttlOf(at: number, retentionSeconds: number): number {
  return Math.ceil((at + LOG_LIMIT.keptBeyondRetentionMillis) / 1_000) + retentionSeconds;
}

/** Milliseconds that a reader waits for a position which may still be filled. */
export function waitFor(laterTimes: readonly number[], now: number): number {
  const oldest = Math.min(...laterTimes, now);
  return Math.max(LOG_LIMIT.minWaitMillis, Math.min(oldest + LOG_LIMIT.sealAfterMillis - now + 1, LOG_LIMIT.sealAfterMillis));
}
