import { LOG_LIMIT } from './log-limits';
import { ttlOf, type LogRules } from './log-rules';
import { AppendDeadlineError, type LogClock, type LoggedMessage, type LogTable, type Origin } from './log-table';
import type { TailCache } from './tail-cache';

/** Result of appending a message. */
export type Appended = Placed | { readonly error: Error };

/** Place of a message in the log. */
export interface Placed {
  readonly epoch: string;
  readonly position: number;
  /** Content of the position if the message was appended before. This content is delivered, even if its sender says something else now. */
  readonly message?: LoggedMessage;
}

export interface LogWriterOptions {
  readonly table: LogTable;
  readonly clock: LogClock;
  readonly rules: LogRules;
  readonly cache: TailCache;
  readonly retentionSeconds: number;
  /** Creates a unique name for a new log. */
  readonly newEpoch: () => string;
}

/** A message on its way to a position. */
interface Pending {
  readonly index: number;
  readonly message: LoggedMessage;
  /** Its position if it took so long that clients may be past it. */
  readonly late?: Placed;
}

interface Ticket {
  readonly epoch: string;
  readonly position: number;
  /** Time at which the position before it was reserved. */
  readonly before: number;
  readonly begun: Instant;
}

/** A time on both clocks: the monotonic one may stand still with the environment, the wall clock may be set. */
interface Instant {
  readonly now: number;
  readonly monotonic: number;
}

const AGAIN = 'again';

/**
 * Appends messages: reserves positions for all of them with one increment, then fills each with a conditional put.
 *
 * Invariants: a message reported as placed is in the table. No reservation and no fill begins after the deadline. A reservation
 * whose position was sealed, or whose fill took too long, is abandoned, and readers skip it.
 */
export class LogWriter {
  constructor(private readonly options: LogWriterOptions) {}

  /** Appends a message; rejects when that fails. @param deadline on the monotonic clock */
  async append(channel: string, message: LoggedMessage, deadline: number, abortSignal?: AbortSignal): Promise<Placed> {
    const [appended] = await this.appendAll(channel, [message], deadline, abortSignal);
    if ('error' in appended) throw appended.error;
    return appended;
  }

  /** Appends messages in order, as long as nothing fails. Never rejects. @param deadline on the monotonic clock */
  async appendAll(channel: string, messages: readonly LoggedMessage[], deadline: number, abortSignal?: AbortSignal): Promise<Appended[]> {
    const results = new Array<Appended>(messages.length);
    let pending: Pending[] = messages.map((message, index) => ({ message, index }));
    while (pending.length > 0) {
      const tickets = await this.reserve(channel, pending.length, deadline, abortSignal).catch((error: Error) => error);
      const outcomes = tickets instanceof Error
        ? pending.map(() => tickets)
        : await mapSome(pending, LOG_LIMIT.fillsAtOnce, (each, nth) => this.fill(channel, tickets[nth], each, deadline, abortSignal));
      const again: Pending[] = [];
      for (const [nth, outcome] of outcomes.entries()) {
        const each = pending[nth];
        if (outcome === AGAIN) again.push(each);
        // After the fill nothing is refused.
        else if (outcome instanceof Error) results[each.index] = each.late ?? { error: outcome };
        else if ('late' in outcome) again.push({ ...each, late: outcome.late });
        else results[each.index] = outcome;
      }
      pending = again;
    }
    return results;
  }

  private async reserve(channel: string, count: number, deadline: number, abortSignal?: AbortSignal): Promise<Ticket[]> {
    const { table, clock, retentionSeconds, newEpoch } = this.options;
    for (;;) {
      const begun = { now: clock.now(), monotonic: clock.monotonic() };
      if (begun.monotonic >= deadline) throw new AppendDeadlineError();
      const origin = await table.reserve(channel, count, begun.now, retentionSeconds, abortSignal);
      if (origin) return Array.from({ length: count }, (_, nth) => ticketOf(origin, nth, begun));
      await table.createOrigin(channel, newEpoch(), clock.now(), abortSignal);
    }
  }

  /** Returns the message's position, `late` if clients may be past it, or the need for another position. */
  private async fill(
    channel: string, ticket: Ticket, { message, late }: Pending, deadline: number, abortSignal?: AbortSignal,
  ): Promise<Placed | { late: Placed } | typeof AGAIN | Error> {
    const { table, clock, rules, cache, retentionSeconds } = this.options;
    const { epoch, position, before, begun } = ticket;
    if (clock.monotonic() >= deadline) return new AppendDeadlineError();
    if (!this.isInWindow(begun)) return AGAIN;
    const at = clock.now();
    const entry = { position, at, before, ttl: ttlOf(at, retentionSeconds), message };
    try {
      const found = await table.fill({ channel, epoch }, entry, abortSignal);
      if (found && !rules.isOwn(found, message)) return AGAIN;
      cache.put({ channel, epoch }, found ?? entry, clock.monotonic());
    } catch (error) {
      return error as Error;
    }
    // One retry is enough: where the table is slow, no position would come sooner.
    return late || this.isInWindow(begun) ? { epoch, position } : { late: { epoch, position } };
  }

  private isInWindow(begun: Instant): boolean {
    const { clock, rules } = this.options;
    return rules.isInWindow(Math.max(clock.now() - begun.now, clock.monotonic() - begun.monotonic));
  }
}

function ticketOf({ epoch, last, at }: Origin, nth: number, begun: Instant): Ticket {
  return { epoch, position: last + 1 + nth, before: nth === 0 ? at : begun.now, begun };
}

/** Like `Promise.all` of `map`, with a bounded number at once. */
async function mapSome<T, R>(items: readonly T[], atOnce: number, work: (item: T, nth: number) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    for (let nth = next++; nth < items.length; nth = next++) results[nth] = await work(items[nth], nth);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
