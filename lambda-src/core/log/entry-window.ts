import { LOG_LIMIT } from './log-limits';
import { bytesOf, type Entry, type EntryRange, type LogClock, type LogName, type LogTable } from './log-table';
import type { TailCache } from './tail-cache';

export interface EntryWindowOptions {
  readonly table: LogTable;
  readonly clock: LogClock;
  readonly cache: TailCache;
  /** Whether what is read is worth keeping. */
  readonly keeps: boolean;
  /** The most entries of one request. @default 250 */
  readonly mostEntries?: number;
}

/**
 * Entries of one log during one read: from the cache, or from the table in requests whose size follows that of the entries.
 *
 * Invariant: a position counts as empty only if the table was asked for it after the window was opened, so after the origin was read.
 */
export class EntryWindow {
  private readonly known = new Map<number, Entry>();
  private readonly asked: Pick<EntryRange, 'from' | 'to'>[] = [];
  private entriesRead = 0;
  private readBytes = 0;

  /** @param last the last position of the origin */
  constructor(private readonly log: LogName, private readonly last: number, private readonly options: EntryWindowOptions) {}

  /** Bytes that were read from the table. */
  get bytesRead(): number {
    return this.readBytes;
  }

  /** The entry at a position, as far as it is known. */
  readonly peek = (position: number): Entry | undefined => {
    const { cache, clock } = this.options;
    return this.known.get(position) ?? cache.get(this.log, position, clock.monotonic());
  };

  /** The entry at a position; what follows it is read along with it. */
  async at(position: number, abortSignal?: AbortSignal): Promise<Entry | undefined> {
    return this.read(position, { from: position, to: this.last }, false, abortSignal);
  }

  /** The entry at a position; what lies before it is read along with it, down to `from`. */
  async back(position: number, from: number, abortSignal?: AbortSignal): Promise<Entry | undefined> {
    return this.read(position, { from, to: position }, true, abortSignal);
  }

  /** The times of what is known to lie above a position. */
  timesAbove(position: number): number[] {
    return [...this.known.values()].filter((entry) => entry.position > position).map(({ at }) => at);
  }

  private async read(position: number, { from, to }: Pick<EntryRange, 'from' | 'to'>, newestFirst: boolean, abortSignal?: AbortSignal): Promise<Entry | undefined> {
    const known = this.peek(position);
    if (known || this.asked.some((range) => range.from <= position && position <= range.to)) return known;
    const { table, cache, clock, keeps } = this.options;
    const { entries, isComplete } = await table.entries(this.log, { from, to, newestFirst, limit: this.nextLimit() }, abortSignal);
    for (const entry of entries) {
      this.known.set(entry.position, entry);
      this.readBytes += bytesOf(entry);
      if (keeps) cache.put(this.log, entry, clock.monotonic());
    }
    this.entriesRead += entries.length;
    const end = isComplete ? undefined : entries[entries.length - 1].position;
    this.asked.push(newestFirst ? { from: end ?? from, to } : { from, to: end ?? to });
    return this.known.get(position);
  }

  /** About as many entries as fill a page. */
  private nextLimit(): number {
    const { firstReadEntries, leastReadEntries, mostReadEntries, pageBytes } = LOG_LIMIT;
    if (this.entriesRead === 0) return firstReadEntries;
    const fitting = Math.ceil((pageBytes * this.entriesRead) / this.readBytes);
    return Math.min(this.options.mostEntries ?? mostReadEntries, Math.max(leastReadEntries, fitting));
  }
}
