import { LOG_LIMIT } from './log-limits';
import { bytesOf, type Entry, type EntryRange, type LogClock, type LogName, type LogTable } from './log-table';
import type { TailCache } from './tail-cache';

export interface EntryWindowOptions {
  readonly table: LogTable;
  readonly clock: LogClock;
  readonly cache: TailCache;
  /** Whether the entries that are read go into the cache. */
  readonly keeps: boolean;
  /** Most entries of one request. @default 250 */
  readonly mostEntries?: number;
}

/**
 * Entries of one log during one read: from the cache, or from the table in requests sized by the entries.
 *
 * Invariant: a position counts as empty only if the table was read for it after the window was opened, so after the origin was read.
 */
export class EntryWindow {
  private readonly known = new Map<number, Entry>();
  private readonly asked: Pick<EntryRange, 'from' | 'to'>[] = [];
  private entriesRead = 0;
  private readBytes = 0;

  /** @param last last position of the origin */
  constructor(private readonly log: LogName, private readonly last: number, private readonly options: EntryWindowOptions) {}

  /** Bytes read from the table. */
  get bytesRead(): number {
    return this.readBytes;
  }

  /** Returns the entry at a position if it is known. */
  readonly peek = (position: number): Entry | undefined => {
    const { cache, clock } = this.options;
    return this.known.get(position) ?? cache.get(this.log, position, clock.monotonic());
  };

  /** Returns the entry at a position; later entries are read along with it. */
  async at(position: number, abortSignal?: AbortSignal): Promise<Entry | undefined> {
    return this.read(position, { from: position, to: this.last }, false, abortSignal);
  }

  /** Returns the entry at a position; earlier entries, down to `from`, are read along with it. */
  async back(position: number, from: number, abortSignal?: AbortSignal): Promise<Entry | undefined> {
    return this.read(position, { from, to: position }, true, abortSignal);
  }

  /** Returns the times of known entries above a position. */
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

  /** Returns about as many entries as fill a page. */
  private nextLimit(): number {
    const { firstReadEntries, leastReadEntries, mostReadEntries, pageBytes } = LOG_LIMIT;
    if (this.entriesRead === 0) return firstReadEntries;
    const fitting = Math.ceil((pageBytes * this.entriesRead) / this.readBytes);
    return Math.min(this.options.mostEntries ?? mostReadEntries, Math.max(leastReadEntries, fitting));
  }
}
