import type { SimulatedTable } from './simulated-table';
import { LOG_LIMIT } from '../../../../lambda-src/core/log/log-limits';
import { LogThrottledError, type Entry, type EntryPage, type EntryRange, type LogName, type LogTable, type Origin } from '../../../../lambda-src/core/log/log-table';
import type { Process } from '../simulation/process';
import type { Random } from '../simulation/random';
import { ThrottleError, UnreliableService, type Weather } from '../simulation/unreliable-service';

/** The table as a process reaches it with a retrying SDK: answers are lost, late, or refused. */
export class TableConnection implements LogTable {
  /** Time at which the reservation of each position was requested, and the positions at which each message was stored. */
  private readonly asked = new Map<number, number>();
  private readonly stored = new Map<string, number>();
  private readonly service: UnreliableService;

  /**
   * @param readsAtOnce most entries of an answer
   * @param deadline by the time of the world
   */
  constructor(
    protected readonly table: SimulatedTable, protected readonly process: Process, protected readonly random: Random,
    private readonly weather: Weather, private readonly readsAtOnce: number, private readonly deadline = Infinity,
  ) {
    this.service = new UnreliableService(process, random, weather);
  }

  origin(channel: string): Promise<Origin | undefined> {
    return this.call(() => this.table.origin(channel, this.seenAt()));
  }

  createOrigin(channel: string, epoch: string, at: number): Promise<void> {
    return this.call(() => this.table.createOrigin(channel, epoch, at, this.now()), true);
  }

  async reserve(channel: string, count: number, at: number, retentionSeconds: number): Promise<Origin | undefined> {
    const asked = this.now();
    const origin = await this.call(() => this.table.reserve(channel, count, at, retentionSeconds, this.now()), true);
    if (origin) for (let position = origin.last + 1; position <= origin.last + count; position++) this.asked.set(position, asked);
    return origin;
  }

  fill(log: LogName, entry: Entry): Promise<Entry | undefined> {
    return this.call(() => {
      const found = this.table.fill(log, entry, this.now(), this.isConditional);
      if (!found && entry.message) this.noteStored(log.epoch, entry.position, entry.message.id);
      return found;
    }, true);
  }

  entries(log: LogName, range: EntryRange): Promise<EntryPage> {
    return this.call(() => this.table.entries(log, { ...range, limit: Math.min(range.limit, this.readsAtOnce) }, this.seenAt()));
  }

  /** Seam: fills require an empty position. */
  protected get isConditional(): boolean {
    return true;
  }

  /** Seam: reads are consistent. */
  protected seenAt(): number {
    return this.now();
  }

  protected now(): number {
    return this.weather.clock.now();
  }

  /** A message has one position per attempt, unless the first came too late. */
  private noteStored(epoch: string, position: number, id: string): void {
    const filling = this.table.audit.filling(epoch, position)!;
    filling.isPastDeadline ||= this.now() > this.deadline;
    const first = this.stored.get(id);
    if (first !== undefined && this.asked.get(position)! - this.asked.get(first)! <= LOG_LIMIT.appendWindowMillis) {
      this.table.audit.violations.push(`${id} was stored at ${first} and at ${position}: twice by one attempt`);
    }
    this.stored.set(id, position);
  }

  private async call<T>(act: () => T, isWrite = false): Promise<T> {
    return this.service.call(act, isWrite).catch((error: unknown) => {
      throw error instanceof ThrottleError ? new LogThrottledError(error) : error;
    });
  }
}
