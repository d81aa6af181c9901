import type { Entry, EntryPage, EntryRange, LogName, Origin } from '../../../../lambda-src/core/log/log-table';

interface Version<T> {
  readonly since: number;
  readonly value?: T;
}

/** Distance by which positions begin higher after a restore. */
const EPOCH_GAP = 10 ** 10;

/** First content of a position, with the time. */
export interface Filling {
  readonly id?: string;
  readonly at: number;
  readonly filledAt: number;
  readonly reservedAt: number;
  isDeleted: boolean;
  /** Whether the function that filled it stood still until its time was over. */
  isPastDeadline: boolean;
}

/** Records of all tables of a world, including restored ones. */
export class Audit {
  readonly fillings = new Map<string, Filling>();
  readonly violations: string[] = [];
  /** Time at which each position was reserved. */
  readonly reserved = new Map<string, number>();
  reserves = 0;
  refusals = 0;
  ownRefusals = 0;
  seals = 0;

  filling(epoch: string, position: number): Filling | undefined {
    return this.fillings.get(`${epoch} ${position}`);
  }

  note(epoch: string, entry: Entry, now: number): void {
    const key = `${epoch} ${entry.position}`;
    const id = entry.message?.id;
    const known = this.fillings.get(key);
    if (known && known.id !== id) {
      this.violations.push(`position ${key} was ${known.id ?? 'void'}${known.isDeleted ? ' and was deleted' : ''}, and is ${id ?? 'void'}`);
    }
    const reservedAt = this.reserved.get(key);
    if (reservedAt === undefined) this.violations.push(`position ${key} was filled, and never reserved`);
    if (id === undefined) this.seals++;
    if (!known) this.fillings.set(key, { id, at: entry.at, filledAt: now, reservedAt: reservedAt ?? now, isDeleted: false, isPastDeadline: false });
  }
}

/** The history table, with its content at any time. Each request happens at one instant. */
export class SimulatedTable {
  private readonly origins = new Map<string, Version<Origin>[]>();
  private readonly partitions = new Map<string, Map<number, Version<Entry>[]>>();

  constructor(
    readonly audit: Audit, private readonly onFill: (table: SimulatedTable, log: LogName, entry: Entry) => void, private readonly first = 0,
  ) {}

  origin(channel: string, seenAt: number): Origin | undefined {
    return at(this.origins.get(channel), seenAt);
  }

  createOrigin(channel: string, epoch: string, time: number, now: number): void {
    if (this.origin(channel, now)) return;
    const value = { epoch, first: this.first, createdAt: time, last: this.first, at: time, retentions: new Map<number, number>() };
    this.origins.set(channel, [...this.origins.get(channel) ?? [], { since: now, value }]);
  }

  reserve(channel: string, count: number, time: number, retentionSeconds: number, now: number): Origin | undefined {
    const origin = this.origin(channel, now);
    if (!origin) return undefined;
    this.audit.reserves++;
    for (let position = origin.last + 1; position <= origin.last + count; position++) this.audit.reserved.set(`${origin.epoch} ${position}`, now);
    const retentions = new Map(origin.retentions).set(retentionSeconds, time);
    this.origins.get(channel)!.push({ since: now, value: { ...origin, last: origin.last + count, at: time, retentions } });
    return origin;
  }

  fill(log: LogName, entry: Entry, now: number, isConditional = true): Entry | undefined {
    const found = this.entry(log, entry.position, now);
    if (found && isConditional) {
      this.audit.refusals++;
      if (entry.message && found.message?.id === entry.message.id) this.audit.ownRefusals++;
      return found;
    }
    this.audit.note(log.epoch, entry, now);
    this.write(log, entry.position, { since: now, value: entry });
    this.onFill(this, log, entry);
    return undefined;
  }

  entries(log: LogName, { from, to, limit, newestFirst = false }: EntryRange, seenAt: number): EntryPage {
    const found: Entry[] = [];
    const [start, step] = newestFirst ? [to, -1] : [from, 1];
    for (let position = start; position >= from && position <= to; position += step) {
      const entry = this.entry(log, position, seenAt);
      if (entry && found.push(entry) > limit) return { entries: found.slice(0, limit), isComplete: false };
    }
    return { entries: found, isComplete: true };
  }

  /** Deletes an entry like the TTL, some time later. */
  expire(log: LogName, entry: Entry, now: number): void {
    if (this.entry(log, entry.position, now) !== entry) return;
    this.write(log, entry.position, { since: now });
    const filling = this.audit.filling(log.epoch, entry.position);
    if (filling) filling.isDeleted = true;
  }

  /** Returns the table as it was at some time, without its origins, and with the note of the positions' new start. */
  restored(time: number): SimulatedTable {
    const table = new SimulatedTable(this.audit, this.onFill, this.first + EPOCH_GAP);
    for (const [name, positions] of this.partitions) {
      const [channel, epoch] = name.split('#');
      for (const [position, versions] of positions) {
        const value = at(versions, time);
        if (!value) continue;
        table.write({ channel, epoch }, position, { since: 0, value });
        this.onFill(table, { channel, epoch }, value);
      }
    }
    return table;
  }

  private entry(log: LogName, position: number, seenAt: number): Entry | undefined {
    return at(this.partition(log).get(position), seenAt);
  }

  private write(log: LogName, position: number, version: Version<Entry>): void {
    const partition = this.partition(log);
    const versions = partition.get(position);
    if (versions) versions.push(version);
    else partition.set(position, [version]);
  }

  private partition({ channel, epoch }: LogName): Map<number, Version<Entry>[]> {
    const name = `${channel}#${epoch}`;
    const partition = this.partitions.get(name) ?? new Map<number, Version<Entry>[]>();
    this.partitions.set(name, partition);
    return partition;
  }
}

function at<T>(versions: readonly Version<T>[] | undefined, time: number): T | undefined {
  return versions?.findLast(({ since }) => since <= time)?.value;
}
