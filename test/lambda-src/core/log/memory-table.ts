import { LogReader, type LogPage, type ReadRequest } from '../../../../lambda-src/core/log/log-reader';
import { LOG_RULES } from '../../../../lambda-src/core/log/log-rules';
import type { Entry, EntryPage, EntryRange, LogClock, LogName, LogTable, Origin, LoggedMessage } from '../../../../lambda-src/core/log/log-table';
import { LogWriter } from '../../../../lambda-src/core/log/log-writer';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';
import { Audit, SimulatedTable } from '../log-simulation/simulated-table';

export const CHANNEL = '*';
export const NOW = 1_800_000_000_000;
export const HOUR = 3_600_000;
export const RETENTION_HOURS = 3;

export type Request = { readonly kind: 'origin' | 'create' | 'reserve' | 'fill' } | ({ readonly kind: 'entries' } & EntryRange);

/** A history table in memory, with a clock that is set by hand. */
export class MemoryTable implements LogTable {
  now = NOW;
  readonly clock: LogClock = { now: () => this.now, monotonic: () => this.now };
  readonly requests: Request[] = [];
  private table = new SimulatedTable(new Audit(), () => undefined);
  private epochs = 0;
  /** Called before a request is carried out; may throw. */
  before: (request: Request) => void | Promise<void> = () => undefined;
  /** Called after a request is carried out, before it is answered; may throw. */
  after: (request: Request) => void = () => undefined;

  origin(channel: string): Promise<Origin | undefined> {
    return this.request({ kind: 'origin' }, () => this.table.origin(channel, this.now));
  }

  createOrigin(channel: string, epoch: string, at: number): Promise<void> {
    return this.request({ kind: 'create' }, () => this.table.createOrigin(channel, epoch, at, this.now));
  }

  reserve(channel: string, count: number, at: number, retentionSeconds: number): Promise<Origin | undefined> {
    return this.request({ kind: 'reserve' }, () => this.table.reserve(channel, count, at, retentionSeconds, this.now));
  }

  fill(log: LogName, entry: Entry): Promise<Entry | undefined> {
    return this.request({ kind: 'fill' }, () => this.table.fill(log, entry, this.now));
  }

  entries(log: LogName, range: EntryRange): Promise<EntryPage> {
    return this.request({ kind: 'entries', ...range }, () => this.table.entries(log, range, this.now));
  }

  /** Returns the content of the table without a request. */
  held(): Promise<readonly Entry[]> {
    const origin = this.table.origin(CHANNEL, this.now);
    const log = { channel: CHANNEL, epoch: origin?.epoch ?? '' };
    return Promise.resolve(this.table.entries(log, { from: (origin?.first ?? 0) + 1, to: origin?.last ?? 0, limit: Infinity }, this.now).entries);
  }

  /** Deletes everything that the TTL would have deleted by now. */
  async expire(): Promise<void> {
    const epoch = this.table.origin(CHANNEL, this.now)!.epoch;
    for (const entry of await this.held()) if (entry.ttl * 1_000 < this.now) this.table.expire({ channel: CHANNEL, epoch }, entry, this.now);
  }

  /** Restores the table to its content at that time, with new epochs. */
  restore(time: number): void {
    this.table = this.table.restored(time);
  }

  /** Creates a writer in its own environment. */
  writer(retentionHours = RETENTION_HOURS): LogWriter {
    return new LogWriter({ ...this.collaborators(), retentionSeconds: retentionHours * 3_600 });
  }

  reader({ retentionHours = RETENTION_HOURS, maxMessages = 10_000, cache = new TailCache() } = {}): LogReader {
    return new LogReader({ ...this.collaborators(), cache, retentionSeconds: retentionHours * 3_600, maxMessages });
  }

  /** Appends a message like a function with enough time. */
  append(id: string, retentionHours?: number): ReturnType<LogWriter['append']> {
    return this.writer(retentionHours).append(CHANNEL, message(id), Infinity);
  }

  /** Reserves positions that are never filled. */
  async tear(count = 1, retentionHours = RETENTION_HOURS): Promise<void> {
    await this.reserve(CHANNEL, count, this.now, retentionHours * 3_600);
  }

  /** Reads like a client. */
  read(request: ReadRequest, options?: Parameters<MemoryTable['reader']>[0]): Promise<LogPage> {
    return this.reader(options).read(CHANNEL, request, { bytes: 28 * 1024, sizeOf: ({ message: { text } = { text: '' } }) => 100 + text.length });
  }

  private collaborators() {
    return { table: this, clock: this.clock, rules: LOG_RULES, cache: new TailCache(), newEpoch: () => `epoch ${++this.epochs}` };
  }

  private async request<T>(request: Request, act: () => T): Promise<T> {
    this.requests.push(request);
    await this.before(request);
    const answer = act();
    this.after(request);
    return answer;
  }
}

export function message(id: string, text = id): LoggedMessage {
  return { id, sentAt: NOW, text };
}

/** Returns positions and ids of an answer. */
export function idsOf({ entries }: Pick<LogPage, 'entries'>): string[] {
  return entries.map(({ position, message: held }) => `${position} ${held!.id}`);
}
