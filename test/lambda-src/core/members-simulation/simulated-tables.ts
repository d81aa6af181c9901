import { HOUR } from './scenario';
import type { VirtualClock } from '../../../../harness/virtual-clock';
import type { StoredConnection } from '../../../../lambda-src/core/connect';
import type { ConnectionKey } from '../../../../lambda-src/core/connection';
import type { Member, MemberKey, RowAge, RowKind } from '../../../../lambda-src/core/members/member-table';
import { TABLE_RULES, type TableRules } from '../members/stepped-world';
import type { Random } from '../simulation/random';

/** Longest delay of a TTL deletion, in any order. */
const TTL_LATENESS_MILLIS = 48 * HOUR;

/** Rows by key, with their history. */
class Rows<Row extends ConnectionKey & { readonly ttl?: number }> {
  readonly current = new Map<string, Row>();
  /** Number of rows that the TTL deleted. */
  expired = 0;
  private readonly past: { readonly key: string; readonly at: number; readonly row?: Row }[] = [];

  constructor(private readonly clock: VirtualClock, private readonly random: Random) {}

  set(key: string, row: Row): void {
    this.note(key, row);
    this.current.set(key, row);
    const { ttl } = row;
    if (ttl === undefined || ttl === Infinity) return;
    const deadAt = ttl * 1_000 + this.random.next() ** 4 * TTL_LATENESS_MILLIS;
    this.clock.after(deadAt - this.clock.now(), () => {
      if (this.current.get(key) !== row) return;
      this.delete(key);
      this.expired++;
    });
  }

  delete(key: string): void {
    this.note(key);
    this.current.delete(key);
  }

  /** Returns the row as a read of that age sees it. */
  getAt(key: string, at: number): Row | undefined {
    const since = this.past.find((change) => change.key === key && change.at > at);
    if (!since) return this.current.get(key);
    return this.past.findLast((change) => change.key === key && change.at <= at)?.row;
  }

  /** Returns all rows that a read of that age sees. */
  allAt(at: number): Row[] {
    if (!this.past.some((change) => change.at > at)) return [...this.current.values()];
    const keys = new Set(this.past.map(({ key }) => key));
    return [...keys].flatMap((key) => this.getAt(key, at) ?? []);
  }

  private note(key: string, row?: Row): void {
    this.past.push({ key, at: this.clock.now(), row });
  }
}

/** The tables of one world. Each request happens at one instant. */
export class SimulatedTables {
  readonly connections: Rows<StoredConnection>;
  private readonly rows: Readonly<Record<RowKind, Rows<Member>>>;

  constructor(clock: VirtualClock, random: Random, private readonly rules: TableRules = TABLE_RULES) {
    this.connections = new Rows(clock, random);
    this.rows = { channel: new Rows(clock, random), reverse: new Rows(clock, random) };
  }

  /** Puts a row like DynamoDB, over any other. */
  store(row: StoredConnection): { readonly isOverYounger: boolean } {
    const before = this.connections.current.get(row.connectionId);
    this.connections.set(row.connectionId, row);
    return { isOverYounger: before !== undefined && before.connectedAt > row.connectedAt };
  }

  removeConnection(connectionId: string, connectedAt: number): void {
    if (this.connections.current.get(connectionId)?.connectedAt === connectedAt) this.connections.delete(connectionId);
  }

  put(kind: RowKind, member: Member): boolean {
    const { current } = this.rows[kind];
    if (!this.rules.isOlder(current.get(keyOf(member)), member)) return false;
    this.rows[kind].set(keyOf(member), member);
    return true;
  }

  remove(kind: RowKind, member: MemberKey, age?: RowAge): void {
    const row = this.rows[kind].current.get(keyOf(member));
    if (row && this.rules.isOurs(row, member, age)) this.rows[kind].delete(keyOf(member));
  }

  row(kind: RowKind, key: Pick<MemberKey, 'channel' | 'connectionId'>): Member | undefined {
    return this.rows[kind].current.get(keyOf(key));
  }

  reverseAt(connectionId: string, channel: string, at: number): Member | undefined {
    return this.rows.reverse.getAt(keyOf({ connectionId, channel }), at);
  }

  get expired(): number {
    return this.connections.expired + this.rows.channel.expired + this.rows.reverse.expired;
  }

  all(kind: RowKind): Member[] {
    return [...this.rows[kind].current.values()];
  }

  /** Returns a page of a channel's rows after one of them, as a read of that age sees it. */
  pageAfter(channel: string, connectionId: string, limit: number, at: number): Member[] {
    return this.rows.channel.allAt(at).filter((row) => row.channel === channel && row.connectionId > connectionId)
      .sort((one, other) => (one.connectionId < other.connectionId ? -1 : 1)).slice(0, limit);
  }
}

function keyOf({ channel, connectionId }: Pick<MemberKey, 'channel' | 'connectionId'>): string {
  return `${connectionId}|${channel}`;
}
