import type { Scenario } from './scenario';
import type { SimulatedTable } from './simulated-table';
import { TableConnection } from './table-connection';
import { LogReader } from '../../../../lambda-src/core/log/log-reader';
import type { LogRules } from '../../../../lambda-src/core/log/log-rules';
import type { LogClock } from '../../../../lambda-src/core/log/log-table';
import { LogWriter, type LogWriterOptions } from '../../../../lambda-src/core/log/log-writer';
import { lookBack } from '../../../../lambda-src/core/log/look-back';
import type { PublishLog } from '../../../../lambda-src/core/log/publish';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';
import { fateOf } from '../simulation/fate';
import { Process, type Fate } from '../simulation/process';
import type { Random } from '../simulation/random';
import type { Weather } from '../simulation/unreliable-service';

/** The one channel of a world. */
export const CHANNEL = '*';

/** Parts that a mutant replaces. */
export interface Planting {
  readonly rules?: Partial<LogRules>;
  readonly connection?: typeof TableConnection;
  readonly writer?: typeof LogWriter;
  /** Replaces the log that publishing uses. */
  readonly log?: (invocation: Invocation) => PublishLog;
}

/** State of a function that outlives an invocation. */
export interface Environment {
  readonly skew: number;
  readonly cache: TailCache;
  retentionSeconds: number;
  /** Whether its monotonic clock stands still while it is frozen. */
  readonly sleeps: boolean;
}

/** Settings of the world of an invocation. */
export interface InvocationOptions {
  readonly environment: Environment;
  readonly table: SimulatedTable;
  readonly scenario: Scenario;
  readonly weather: Weather;
  readonly random: Random;
  readonly planting: Planting;
  readonly rules: LogRules;
  readonly newEpoch: () => string;
}

export const LIMIT_MILLIS = 28_000;
/** An invocation takes about ten to thirty steps; the first are those between a reservation and its entry. */
const LAST_STEP = 20;

/** One run of a function, with its log. */
export class Invocation {
  readonly environment: Environment;
  readonly process: Process;
  readonly connection: TableConnection;
  readonly writer: LogWriter;
  readonly reader: LogReader;
  /** Number of messages found by id. */
  found = 0;
  private readonly clock: LogClock;
  readonly deadline: number;

  constructor({ environment, table, scenario, weather, random, planting, rules, newEpoch }: InvocationOptions) {
    this.environment = environment;
    const { skew } = environment;
    const fate = weather.isCalm ? { skew, lateness: 0 } : fateOf(scenario, skew, LAST_STEP, random);
    this.process = new Process(weather.clock, random, fate);
    this.connection = new (planting.connection ?? TableConnection)(
      table, this.process, random, weather, random.integer(1, 5), weather.clock.now() + LIMIT_MILLIS,
    );
    this.clock = {
      now: () => this.process.clock.now(),
      monotonic: () => weather.clock.now() - this.sleptFor(environment, fate, weather.clock.now()),
    };
    this.deadline = this.clock.monotonic() + LIMIT_MILLIS;
    const options: LogWriterOptions = {
      table: this.connection, clock: this.clock, rules, cache: environment.cache, newEpoch, retentionSeconds: environment.retentionSeconds,
    };
    this.writer = new (planting.writer ?? LogWriter)(options);
    this.reader = new LogReader({ ...options, maxMessages: scenario.maxMessages });
  }

  /** Returns how long its monotonic clock has stood still. */
  private sleptFor({ sleeps }: Environment, { freeze }: Fate, now: number): number {
    const { thawedAt } = this.process;
    return sleeps && freeze && thawedAt > 0 && now >= thawedAt ? freeze.millis : 0;
  }

  get log(): PublishLog {
    return {
      append: (channel, message) => this.writer.append(channel, message, this.deadline),
      appendAll: (channel, messages) => this.writer.appendAll(channel, messages, this.deadline),
      find: async (channel, ids, notBefore) => {
        const found = await lookBack(this.connection, channel, ids, notBefore);
        this.found += found.size;
        return found;
      },
    };
  }
}
