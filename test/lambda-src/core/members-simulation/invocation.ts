import type { Scenario } from './scenario';
import type { SimulatedTables } from './simulated-tables';
import type { ConnectionStore, StoredConnection } from '../../../../lambda-src/core/connect';
import type { RecipientSource } from '../../../../lambda-src/core/connection';
import type { Member, MemberKey, MemberTable, RowAge, RowKind, Sighting } from '../../../../lambda-src/core/members/member-table';
import { fateOf } from '../simulation/fate';
import { Process } from '../simulation/process';
import type { Random } from '../simulation/random';
import { UnreliableService, type Weather } from '../simulation/unreliable-service';

/** Rows per page: few, so that rows change between two pages. */
const PAGE_ROWS = 2;
/** Invocations take about five to thirty steps. */
const LAST_STEP = 15;

export interface InvocationOptions {
  readonly tables: SimulatedTables;
  readonly scenario: Scenario;
  readonly weather: Weather;
  readonly random: Random;
  /** Called when a request that was given up has written. */
  readonly onLateWrite: () => void;
  /** Called when a connection's row replaces one of a later connection with the same id. */
  readonly onOverwrite: (row: StoredConnection) => void;
}

/** One run of a function, with the tables as it reaches them with a retrying SDK: answers are lost, late, or refused. */
export class Invocation implements MemberTable {
  readonly process: Process;
  readonly service: UnreliableService;
  readonly connections: ConnectionStore;
  protected readonly tables: SimulatedTables;
  protected readonly random: Random;
  private readonly weather: Weather;
  private readonly onLateWrite: () => void;

  constructor({ tables, scenario, weather, random, onLateWrite, onOverwrite }: InvocationOptions) {
    this.tables = tables;
    this.random = random;
    this.weather = weather;
    this.onLateWrite = onLateWrite;
    const skew = random.pick(scenario.skews);
    this.process = new Process(weather.clock, random, weather.isCalm ? { skew, lateness: 0 } : fateOf(scenario, skew, LAST_STEP, random));
    this.service = new UnreliableService(this.process, random, weather);
    this.connections = {
      store: (row) => this.write(() => {
        if (tables.store(row).isOverYounger) onOverwrite(row);
        return true;
      }).then(() => undefined),
      remove: (connectionId, connectedAt) => this.service.call(() => tables.removeConnection(connectionId, connectedAt), true),
    };
  }

  put(kind: RowKind, member: Member): Promise<boolean> {
    return this.write(() => this.tables.put(kind, member));
  }

  remove(kind: RowKind, member: MemberKey, age?: RowAge): Promise<void> {
    return this.service.call(() => this.tables.remove(kind, member, age), true);
  }

  /** Deletes rows in any order, as statements of a batch that each succeed or fail by themselves. */
  async removeAll(kind: RowKind, members: readonly MemberKey[]): Promise<void> {
    const results = await Promise.allSettled(members.map((member) => this.remove(kind, member)));
    const failed = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed) throw failed.reason;
  }

  /** Reads one table after the other, in either order: DynamoDB does not promise one. */
  async look(connectionId: string, channels: readonly string[]): Promise<Sighting> {
    const connection = () => this.service.call(() => this.tables.connections.getAt(connectionId, this.seenAt())?.connectedAt);
    const reverse = () => this.service.call(() => new Map(channels.flatMap((channel) => {
      const row = this.tables.reverseAt(connectionId, channel, this.seenAt());
      return row ? [[channel, row] as const] : [];
    })));
    if (this.random.chance(0.5)) return { connectedAt: await connection(), reverse: await reverse() };
    const rows = await reverse();
    return { connectedAt: await connection(), reverse: rows };
  }

  channelsOf(connectionId: string): Promise<readonly MemberKey[]> {
    return this.service.call(() => this.tables.all('reverse').filter((row) => row.connectionId === connectionId));
  }

  member(channel: string, connectionId: string): Promise<Member | undefined> {
    return this.service.call(() => this.tables.row('channel', { channel, connectionId }));
  }

  membersOf(channel: string): RecipientSource {
    const pageAfter = (last: string) => this.service.call(() => this.tables.pageAfter(channel, last, PAGE_ROWS, this.seenAt()));
    return {
      async* pages() {
        for (let last = ''; ;) {
          const page = await pageAfter(last);
          yield page;
          if (page.length < PAGE_ROWS) return;
          last = page.at(-1)!.connectionId;
        }
      },
    };
  }

  /** Seam: reads are consistent. */
  protected seenAt(): number {
    return this.weather.clock.now();
  }

  /** @param act returns whether it wrote */
  private async write(act: () => boolean): Promise<boolean> {
    let isOver = false;
    return this.service.call(() => {
      const isWritten = act();
      if (isWritten && isOver) this.onLateWrite();
      return isWritten;
    }, true).finally(() => (isOver = true));
  }
}
