import { LOG_LIMIT } from './log-limits';
import type { Entry, LoggedMessage, Origin } from './log-table';

/*
 * What the log's safety hangs on, in one place. Everything here is a pure decision on what was read.
 *
 * 1. A position is reserved once, by one increment of `last`, and filled once, by one conditional put. So it holds at most one message,
 *    and whoever meets it unfilled may seal it, at any age.
 * 2. A read after p is complete if p + 1 was reserved within the retention, for then nothing after p was deleted. The table keeps
 *    entries for the retention with which they were reserved, and an hour. Retentions change: the origin says which were in use.
 * 3. A sealed position looks no younger than it is. Else what lies before it would look kept when it was deleted.
 * 4. A client without a position gets one below which every reservation is filled, sealed, or too old to be filled any more.
 */

export interface Proof {
  /** A time at which p + 1 was not reserved yet, or only just; epoch milliseconds. */
  readonly at: number;
  readonly by: 'entry' | 'before' | 'origin' | 'previous';
  /** Seconds for which everything reserved since then is kept. */
  readonly keptSeconds: number;
}

/** What was read around a position. */
export interface Around {
  readonly origin: Origin;
  /** The entry at a position, if it was read and is filled. */
  entry(position: number): Entry | undefined;
}

export interface LogRules {
  /** When p + 1 was reserved, if everything since then is certain to be kept. */
  prove(p: number, around: Around, now: number, retentionSeconds: number): Proof | undefined;
  /** Whether a reader may seal a position, by the times of what was reserved after it. */
  isSealable(laterTimes: readonly number[], now: number): boolean;
  /** What seals a position, after the entry before it or, without one, by the proof. */
  tombstone(position: number, previous: Entry | undefined, proof: Proof): Entry;
  /** Whether what lies in a position is this message, from an earlier attempt whose answer was lost. */
  isOwn(found: Entry, message: LoggedMessage): boolean;
  /** Whether a message may be delivered at its position so long after its reservation was begun. */
  isInWindow(elapsedMillis: number): boolean;
  /** Whether nothing that was reserved before this time can be filled any more. */
  isPastWindow(at: number, now: number): boolean;
}

export const LOG_RULES: LogRules = { prove, isSealable, tombstone, isOwn, isInWindow, isPastWindow };

function prove(p: number, { origin, entry }: Around, now: number, retentionSeconds: number): Proof | undefined {
  const own = entry(p + 1)?.at;
  const before = entry(p + 2)?.before;
  const last = origin.last === p + 1 ? origin.at : undefined;
  // The one before may have been written some time after p + 1 was reserved: that much longer everything is kept.
  const previous = p === origin.first ? origin.createdAt : entry(p)?.at;
  const [by, at] = own !== undefined ? ['entry', own] as const
    : before !== undefined ? ['before', before] as const
      : last !== undefined ? ['origin', last] as const
        : ['previous', previous] as const;
  if (at === undefined) return undefined;
  const keptSeconds = Math.min(retentionSeconds, ...retentionsSince(at, origin));
  return at > now - keptSeconds * 1_000 ? { at, by, keptSeconds } : undefined;
}

/** The retentions of positions that were reserved since then. */
function retentionsSince(at: number, { retentions }: Origin): number[] {
  return [...retentions].filter(([, usedAt]) => usedAt >= at - LOG_LIMIT.keptBeyondRetentionMillis).map(([seconds]) => seconds);
}

function isSealable(laterTimes: readonly number[], now: number): boolean {
  // A time far ahead is that of a clock gone wrong: nobody waits for it.
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

/** When the table may delete what was written at a time, in epoch seconds. */
export function ttlOf(at: number, retentionSeconds: number): number {
  return Math.ceil((at + LOG_LIMIT.keptBeyondRetentionMillis) / 1_000) + retentionSeconds;
}

/** How long a reader waits that met a position which may still be filled, in milliseconds. */
export function waitFor(laterTimes: readonly number[], now: number): number {
  const oldest = Math.min(...laterTimes, now);
  return Math.max(LOG_LIMIT.minWaitMillis, Math.min(oldest + LOG_LIMIT.sealAfterMillis - now + 1, LOG_LIMIT.sealAfterMillis));
}
