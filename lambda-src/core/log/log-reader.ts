import { EntryWindow } from './entry-window';
import { LOG_LIMIT } from './log-limits';
import { waitFor, type LogRules, type Proof } from './log-rules';
import type { Entry, LogClock, LogTable, Origin } from './log-table';
import type { TailCache } from './tail-cache';

/** A client's request for messages of a channel. */
export interface ReadRequest {
  /** Position up to which the client has everything. */
  readonly since?: number;
  /** Epoch of that position. */
  readonly epoch?: string;
  /** Position below which to return the newest messages, instead of `since`. */
  readonly before?: number;
  /** Most messages of the answer. @default 100; none when `since` cannot be recovered */
  readonly limit?: number;
}

/** Room for entries in the answer. */
export interface PageRoom {
  readonly bytes: number;
  /** Bytes that an entry takes in the answer. */
  sizeOf(entry: Entry): number;
}

export interface LogPage {
  readonly epoch: string;
  /** Position up to which the client has everything after this answer; for `before`, the lowest position of the answer. */
  readonly position: number;
  /** Whether nothing is missing between `since` and the answer. */
  readonly recovered: boolean;
  /** Whether there is more to read: after `position`, or below it for `before`. */
  readonly more: boolean;
  /** Milliseconds to wait before the next request, when there is more that cannot be read yet. */
  readonly wait?: number;
  /** Entries in the order of their positions; each holds a message. */
  readonly entries: readonly Entry[];
}

export interface LogReaderOptions {
  readonly table: LogTable;
  readonly clock: LogClock;
  readonly rules: LogRules;
  readonly cache: TailCache;
  readonly retentionSeconds: number;
  readonly maxMessages: number;
  readonly newEpoch: () => string;
}

const DEFAULT_LIMIT = 100;

/**
 * Reads the log of a channel for clients.
 *
 * Invariants: the answer to `since` is the run of positions after it without a gap; otherwise `recovered` is false and the answer holds
 * nothing of the run. A reader passes no position that is neither filled nor sealed, and seals positions that stay empty for too long, so
 * no reader waits for ever.
 */
export class LogReader {
  constructor(private readonly options: LogReaderOptions) {}

  async read(channel: string, request: ReadRequest, room: PageRoom, abortSignal?: AbortSignal): Promise<LogPage> {
    return new Reading(channel, await this.origin(channel, abortSignal), this.options, room, abortSignal).answer(request);
  }

  /** Returns the origin, and creates it if there is none: a client needs an epoch to know later that it missed nothing. */
  private async origin(channel: string, abortSignal?: AbortSignal): Promise<Origin> {
    const { table, clock, newEpoch } = this.options;
    for (;;) {
      const origin = await table.origin(channel, abortSignal);
      if (origin) return origin;
      await table.createOrigin(channel, newEpoch(), clock.now(), abortSignal);
    }
  }
}

/** State of one read. */
class Reading {
  private readonly log;

  constructor(
    channel: string, private readonly origin: Origin, private readonly options: LogReaderOptions, private readonly room: PageRoom,
    private readonly abortSignal?: AbortSignal,
  ) {
    this.log = { channel, epoch: origin.epoch };
  }

  async answer({ since, epoch, before, limit }: ReadRequest): Promise<LogPage> {
    const isOurs = epoch === undefined || epoch === this.origin.epoch;
    if (before !== undefined) return isOurs ? this.before(before, limit ?? DEFAULT_LIMIT) : this.newest(limit ?? 0, false);
    if (since === undefined) return this.newest(limit ?? DEFAULT_LIMIT, true);
    // Of a log in which nothing was published, nothing can have been missed: its epoch need not be known.
    const isFromItsStart = since === 0 && epoch === undefined && this.origin.last === 0;
    const isKnown = epoch === this.origin.epoch && since >= this.origin.first && since <= this.origin.last;
    if (!isFromItsStart && !isKnown) return this.newest(limit ?? 0, false);
    if (since === this.origin.last) return this.page({ position: since, recovered: true, more: false, entries: [] });
    return this.after(since, limit);
  }

  private async after(since: number, limit: number | undefined): Promise<LogPage> {
    const window = this.window(true);
    const proof = await this.prove(since, window);
    if (!proof) return this.newest(limit ?? 0, false);
    const { position, entries, waits } = await this.run(since, limit ?? DEFAULT_LIMIT, window, proof);
    const more = position < this.origin.last;
    return this.page({ position, recovered: true, more, ...(position === since && { wait: waits }), entries });
  }

  private async prove(since: number, window: EntryWindow): Promise<Proof | undefined> {
    const { rules, clock, retentionSeconds, maxMessages } = this.options;
    const { origin, abortSignal } = this;
    if (origin.last - since > maxMessages) return undefined;
    if (!await window.at(since + 1, abortSignal)) {
      if (since + 2 <= origin.last) await window.at(since + 2, abortSignal);
      if (since > origin.first) await window.back(since, since, abortSignal);
    }
    return rules.prove(since, { origin, entry: window.peek }, clock.now(), retentionSeconds);
  }

  /** Returns the positions after `since` without a gap, as many as the answer has room for. Seals those that stayed empty for too long. */
  private async run(
    since: number, limit: number, window: EntryWindow, proof: Proof,
  ): Promise<{ position: number; entries: Entry[]; waits?: number }> {
    const entries: Entry[] = [];
    let [position, bytes, seals] = [since, 0, 0];
    let previous: Entry | undefined;
    while (position < this.origin.last && entries.length < limit) {
      let entry = await window.at(position + 1, this.abortSignal);
      if (!entry) {
        const laterTimes = [this.origin.at, ...window.timesAbove(position + 1)];
        const now = this.options.clock.now();
        const isSealable = seals < LOG_LIMIT.sealsPerRead && this.options.rules.isSealable(laterTimes, now);
        if (!isSealable) return { position, entries, waits: waitFor(laterTimes, now) };
        seals++;
        entry = await this.seal(this.options.rules.tombstone(position + 1, previous, proof));
      }
      if (entry.message) {
        bytes += this.room.sizeOf(entry);
        if (entries.length > 0 && bytes > this.room.bytes) break;
        entries.push(entry);
      }
      previous = entry;
      position++;
    }
    return { position, entries };
  }

  /** Seals a position. Returns what it holds now: the seal, or a message that was filled in first. */
  private async seal(tombstone: Entry): Promise<Entry> {
    const { table, cache, clock } = this.options;
    const entry = await table.fill(this.log, tombstone, this.abortSignal) ?? tombstone;
    cache.put(this.log, entry, clock.monotonic());
    return entry;
  }

  /** Returns a position to continue from, and up to `limit` messages up to it. */
  private async newest(limit: number, recovered: boolean): Promise<LogPage> {
    const window = this.window(true);
    const position = await this.safePosition(window);
    const { entries } = limit > 0 ? await this.below(position + 1, limit, window) : { entries: [] };
    return this.page({ position, recovered, more: position < this.origin.last, entries });
  }

  /** Returns the highest position below every one that may still be filled. */
  private async safePosition(window: EntryWindow): Promise<number> {
    const { rules, clock } = this.options;
    const { first, last, at } = this.origin;
    let safe = last;
    // Everything below was reserved earlier.
    let latest = at;
    for (let position = last; position > first && !rules.isPastWindow(latest, clock.now()); position--) {
      const entry = await window.back(position, first + 1, this.abortSignal);
      if (entry) latest = Math.min(latest, entry.at);
      else safe = position - 1;
      if (window.bytesRead > LOG_LIMIT.youngHoleBytes) break;
    }
    return safe;
  }

  private async before(before: number, limit: number): Promise<LogPage> {
    const { entries, more } = await this.below(Math.min(before, this.origin.last + 1), limit, this.window(false));
    return this.page({ position: entries[0]?.position ?? before, recovered: true, more, entries });
  }

  /** Returns the newest kept messages below a position, and whether there may be more. */
  private async below(bound: number, limit: number, window: EntryWindow): Promise<{ entries: Entry[]; more: boolean }> {
    const { clock, retentionSeconds, maxMessages } = this.options;
    const oldest = clock.now() - retentionSeconds * 1_000;
    const lowest = Math.max(this.origin.first, this.origin.last - maxMessages) + 1;
    const entries: Entry[] = [];
    let bytes = 0;
    for (let position = bound - 1; position >= lowest; position--) {
      const entry = await window.back(position, lowest, this.abortSignal);
      if (!entry?.message) continue;
      // DynamoDB may delete expired entries days late.
      if (entry.at <= oldest) break;
      bytes += this.room.sizeOf(entry);
      if (entries.length === limit || (entries.length > 0 && bytes > this.room.bytes)) return { entries: entries.reverse(), more: true };
      entries.push(entry);
    }
    return { entries: entries.reverse(), more: false };
  }

  private window(keeps: boolean): EntryWindow {
    return new EntryWindow(this.log, this.origin.last, { ...this.options, keeps });
  }

  private page(page: Omit<LogPage, 'epoch'>): LogPage {
    return { epoch: this.origin.epoch, ...page };
  }
}
