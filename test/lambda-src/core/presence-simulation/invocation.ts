import type { Scenario } from './scenario';
import type { SimulatedChannel } from './simulated-channel';
import type { SimulatedQueue } from './simulated-queue';
import type { PresenceMember, PresenceState, PresenceTable, StoredList, StoreOutcome, Tick } from '../../../../lambda-src/core/presence/presence-table';
import { fateOf } from '../simulation/fate';
import { Process } from '../simulation/process';
import type { Random } from '../simulation/random';
import { UnreliableService, type Weather } from '../simulation/unreliable-service';

/** The one channel of a world. */
export const CHANNEL = 'room';

/** Default rows per page: few, so that rows change between two pages. */
const PAGE_ROWS = 3;
/** Invocations take about ten to thirty steps. */
const LAST_STEP = 15;

export interface InvocationOptions {
  readonly channel: SimulatedChannel;
  readonly queue: SimulatedQueue;
  readonly scenario: Scenario;
  readonly weather: Weather;
  readonly random: Random;
  readonly pageRows?: number;
}

/** One run of a function, with its table and its queue. */
export class Invocation implements PresenceTable {
  readonly process: Process;
  readonly service: UnreliableService;
  protected readonly channel: SimulatedChannel;
  private readonly queue: SimulatedQueue;
  private readonly weather: Weather;
  private readonly pageRows: number;

  constructor({ channel, queue, scenario, weather, random, pageRows = PAGE_ROWS }: InvocationOptions) {
    this.channel = channel;
    this.queue = queue;
    this.weather = weather;
    this.pageRows = pageRows;
    const skew = random.pick(scenario.skews);
    this.process = new Process(weather.clock, random, weather.isCalm ? { skew, lateness: 0 } : fateOf(scenario, skew, LAST_STEP, random));
    this.service = new UnreliableService(this.process, random, weather);
  }

  state(): Promise<PresenceState> {
    return this.service.call(() => this.channel.state);
  }

  setMark(_channel: string, turn: number, at: number): Promise<void> {
    return this.service.call(() => this.channel.setMark(turn, at));
  }

  takeTurn(_channel: string, askedIn?: number): Promise<PresenceState | undefined> {
    return this.service.call(() => this.channel.takeTurn(askedIn));
  }

  store(_channel: string, turn: number, list: StoredList, base: PresenceState): Promise<StoreOutcome> {
    return this.service.call((attempt) => {
      const isStored = this.channel.store(turn, list, (state) => this.isBase(state, base));
      return isStored ? 'stored' : attempt > 1 ? 'unsure' : 'refused';
    });
  }

  send(tick: Tick, delaySeconds: number): Promise<void> {
    return this.service.call(() => this.queue.send(tick, delaySeconds));
  }

  async *pages(): AsyncIterable<readonly PresenceMember[]> {
    for (let last = ''; ;) {
      const page = await this.service.call(() => this.channel.pageAfter(last, this.pageRows));
      if (page.length > 0) yield page;
      if (page.length < this.pageRows) return;
      last = page.at(-1)!.connectionId;
    }
  }

  now(): number {
    return this.weather.clock.now();
  }

  /** Seam: the list over which a new one may be stored. */
  protected isBase(state: PresenceState, base: PresenceState): boolean {
    return state.storedTurn === base.storedTurn;
  }
}
