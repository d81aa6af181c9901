import { Endpoint } from './endpoint';
import { Invocation, type Planting } from './invocation';
import { Random } from './random';
import { START, type Scenario } from './scenario';
import { Table } from './table';
import { PaceItem } from '../../../../harness/pace-item';
import { VirtualClock } from '../../../../harness/virtual-clock';

/** Start of the clock; earlier events are in the table already. */
const DAWN = START - 10_000;
const TTL_SECONDS = 3 * 60 * 60;

/** Everything outside the engine: the clients, API Gateway, the table, and their common time. */
export class World {
  readonly clock = new VirtualClock(DAWN);
  readonly endpoint: Endpoint;
  readonly table: Table;
  readonly invocations: readonly Invocation[];

  constructor(readonly scenario: Scenario, private readonly planting: Planting) {
    const random = new Random(~scenario.seed);
    const shared = new PaceItem();
    this.endpoint = new Endpoint(scenario.clients, scenario);
    this.table = new Table(() => random.between(0, 1_000));
    this.scheduleWrites(random);
    this.invocations = scenario.invocations.map((plan, n) => new Invocation(`i${n}`, plan, this, planting.ownBudgets ? new PaceItem() : shared, planting.engine));
  }

  async run(): Promise<void> {
    for (const invocation of this.invocations) invocation.start(this.planting);
    await this.clock.run();
  }

  /** Writes like `$connect` and `$disconnect`; half of the latter never come. */
  private scheduleWrites(random: Random): void {
    const { clock, table } = this;
    const writes: { readonly at: number; readonly write: (now: number) => void }[] = [];
    for (const { id, ttl } of this.scenario.strangers) table.put({ connectionId: id, connectedAt: DAWN, ttl }, 0);
    for (const { id, connectedAt, storedAt, closedAt } of this.scenario.clients) {
      const row = { connectionId: id, connectedAt, ttl: Math.floor(connectedAt / 1000) + TTL_SECONDS };
      writes.push({ at: storedAt, write: (now) => table.put(row, now) });
      if (closedAt === Infinity || random.chance(0.5)) continue;
      writes.push({ at: closedAt + random.between(0, 2_000), write: (now) => table.disconnect(id, connectedAt, now) });
    }
    for (const { at, write } of writes.sort((a, b) => a.at - b.at)) {
      if (at <= DAWN) write(at);
      else clock.after(at - DAWN, () => write(at));
    }
  }
}
