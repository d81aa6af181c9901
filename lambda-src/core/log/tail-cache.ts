import { LOG_LIMIT } from './log-limits';
import { bytesOf, type Entry, type LogName } from './log-table';

interface Cached {
  readonly entry: Entry;
  readonly bytes: number;
  /** Time on the monotonic clock. */
  readonly since: number;
}

interface CachedLog {
  readonly epoch: string;
  readonly entries: Map<number, Cached>;
  bytes: number;
  /** Time on the monotonic clock. */
  usedAt: number;
  /** Lowest position that is kept: the newest matter. */
  floor: number;
}

export interface TailCacheOptions {
  /** @default 8 MiB */
  readonly maxBytes?: number;
  /** @default one minute */
  readonly maxAgeMillis?: number;
}

/**
 * The newest entries of the channels that an execution environment reads most.
 *
 * Invariants: only entries are kept, which never change; an empty position is never cached. All entries together have at most `maxBytes`.
 * An entry is forgotten after `maxAgeMillis`, and a whole channel when its epoch changes, so that erased messages do not stay.
 */
export class TailCache {
  private readonly maxBytes: number;
  private readonly maxAgeMillis: number;
  /** Logs in the order of their last use. */
  private readonly logs = new Map<string, CachedLog>();
  private total = 0;

  constructor({ maxBytes = LOG_LIMIT.cacheBytes, maxAgeMillis = LOG_LIMIT.cacheMillis }: TailCacheOptions = {}) {
    this.maxBytes = maxBytes;
    this.maxAgeMillis = maxAgeMillis;
  }

  get bytes(): number {
    return this.total;
  }

  get(log: LogName, position: number, now: number): Entry | undefined {
    const known = this.logOf(log, now);
    const cached = known?.entries.get(position);
    if (!known || !cached) return undefined;
    if (now - cached.since <= this.maxAgeMillis) return cached.entry;
    this.drop(known, position);
    return undefined;
  }

  put(log: LogName, entry: Entry, now: number): void {
    const known = this.logOf(log, now) ?? this.open(log, now);
    if (entry.position < known.floor) return;
    this.drop(known, entry.position);
    const bytes = bytesOf(entry);
    known.entries.set(entry.position, { entry, bytes, since: now });
    known.bytes += bytes;
    this.total += bytes;
    this.makeRoom(now);
  }

  /** Returns the cached entries of this very log, and marks it as used now. */
  private logOf({ channel, epoch }: LogName, now: number): CachedLog | undefined {
    const known = this.logs.get(channel);
    if (!known) return undefined;
    this.logs.delete(channel);
    if (known.epoch === epoch) {
      known.usedAt = now;
      this.logs.set(channel, known);
      return known;
    }
    this.total -= known.bytes;
    return undefined;
  }

  private open({ channel, epoch }: LogName, now: number): CachedLog {
    const opened = { epoch, entries: new Map<number, Cached>(), bytes: 0, usedAt: now, floor: 0 };
    this.logs.set(channel, opened);
    return opened;
  }

  private drop(log: CachedLog, position: number): void {
    const cached = log.entries.get(position);
    if (!cached) return;
    log.entries.delete(position);
    log.bytes -= cached.bytes;
    this.total -= cached.bytes;
  }

  /** Forgets channels that were not used for a while, then the older half of the largest ones. */
  private makeRoom(now: number): void {
    while (this.total > this.maxBytes) {
      const [[channel, oldest]] = this.logs;
      if (now - oldest.usedAt > this.maxAgeMillis) {
        this.logs.delete(channel);
        this.total -= oldest.bytes;
      } else {
        this.halve([...this.logs.values()].reduce((most, log) => (log.bytes > most.bytes ? log : most)));
      }
    }
  }

  private halve(log: CachedLog): void {
    const positions = [...log.entries.keys()].sort((a, b) => a - b);
    const dropped = positions.slice(0, Math.ceil(positions.length / 2));
    for (const position of dropped) this.drop(log, position);
    log.floor = dropped[dropped.length - 1] + 1;
  }
}
