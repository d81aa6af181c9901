import type { Connection, ConnectionKey } from '../../../../lambda-src/core/connection';
import type { ConnectionRows } from '../../../../lambda-src/core/forget';
import type { Member, MemberKey, MemberTable, RowAge, RowKind, Sighting } from '../../../../lambda-src/core/members/member-table';

type Row = Pick<Member, 'connectedAt' | 'at' | 'request' | 'ttl'>;

/** Answer that one process got, or that the world knows. */
export interface Told {
  readonly kind: 'subscribe' | 'unsubscribe';
  readonly channel: string;
  readonly key: ConnectionKey;
  readonly at: number;
  readonly answer: string;
}

export interface WorldState {
  /** Rows of the connections table: id to `connectedAt`. */
  readonly stored: Map<string, number>;
  /** Open sockets: id to `connectedAt`. */
  readonly open: Map<string, number>;
  readonly channel: Map<string, Row>;
  readonly reverse: Map<string, Row>;
  readonly told: Told[];
}

interface Step {
  readonly process: number;
  readonly name: string;
  readonly run: () => void;
}

/** Order in which one look reads the two tables: DynamoDB does not promise one. */
export type LookOrder = 'connection first' | 'reverse rows first';

/** Rows that a process cannot delete with others, as when the table throttles them for longer than the process tries. */
export interface Refusal {
  readonly process: number;
  readonly kind: RowKind;
  readonly channels: readonly string[];
}

/** Error of a request that was refused. */
export class Refused extends Error {}

/** Conditions of the table; mutants show what DynamoDB would do without them. */
export interface TableRules {
  readonly isOlder: (row: Row | undefined, member: Row) => boolean;
  readonly isOurs: (row: Row, member: MemberKey, age: RowAge | undefined) => boolean;
}

export const TABLE_RULES: TableRules = {
  isOlder: (row, { connectedAt, at }) => !row || row.connectedAt < connectedAt || (row.connectedAt === connectedAt && row.at <= at),
  isOurs: (row, { connectedAt }, age) => row.connectedAt === connectedAt && (age === undefined || isOfAge(row, age)),
};

function isOfAge(row: Row, age: RowAge): boolean {
  if ('request' in age) return row.request === age.request;
  return 'at' in age ? row.at === age.at : row.at < age.before;
}

/** Tables and connections that move one request at a time: each request waits until it is taken. */
export class SteppedWorld {
  readonly state: WorldState = { stored: new Map(), open: new Map(), channel: new Map(), reverse: new Map(), told: [] };
  /** Waiting requests in order. */
  readonly waiting: Step[] = [];
  /** Answers that each process has seen: two worlds with the same answers and state continue alike. */
  readonly seen: string[][] = [];
  /** Process that dies: its requests after these are never made. */
  death?: { readonly process: number; readonly after: number };
  refusal?: Refusal;
  /** Whether a process failed because of the refusal. */
  hasFailed = false;
  private readonly made: number[] = [];

  constructor(private readonly rules: TableRules, private readonly lookOrder: LookOrder) {}

  /** Adds one request of a process, which is carried out when it is taken. */
  step<T>(process: number, name: string, act: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.made[process] = (this.made[process] ?? 0) + 1;
      if (this.death?.process === process && this.made[process] > this.death.after) return;
      const run = () => {
        const result = act();
        (this.seen[process] ??= []).push(`${name}=${shown(result)}`);
        resolve(result);
      };
      this.waiting.push({ process, name, run });
    });
  }

  take(nth: number): string {
    const [{ process, name, run }] = this.waiting.splice(nth, 1);
    run();
    return `P${process}: ${name}`;
  }

  get key(): string {
    const { stored, open, channel, reverse, told } = this.state;
    const sorted = (map: Map<string, unknown>) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));
    const waiting = this.waiting.map(({ process, name }) => [process, name]);
    return JSON.stringify([sorted(stored), sorted(open), sorted(channel), sorted(reverse), told, this.seen, waiting, this.hasFailed]);
  }

  tableOf(process: number): MemberTable & ConnectionRows & { store(key: ConnectionKey): Promise<void> } {
    const { state } = this;
    const rowsOf = (kind: RowKind) => this.rowsOf(kind);
    return {
      store: ({ connectionId, connectedAt }) => this.step(process, 'store the connection', () => void state.stored.set(connectionId, connectedAt)),
      remove: ((...given: [string, number] | [RowKind, MemberKey, RowAge?]) => {
        if (typeof given[1] === 'number') {
          const [connectionId, connectedAt] = given as [string, number];
          return this.step(process, 'remove the connection', () => {
            if (state.stored.get(connectionId) === connectedAt) state.stored.delete(connectionId);
          });
        }
        return this.remove(process, ...given as [RowKind, MemberKey, RowAge?]);
      }) as MemberTable['remove'] & ConnectionRows['remove'],
      removeAll: (kind, members) => this.removeAll(process, kind, members),
      put: (kind, member) => this.step(process, `put ${kind} ${member.channel}`, () => {
        const { connectedAt, at, request, ttl } = member;
        const isOlder = this.rules.isOlder(rowsOf(kind).get(keyOf(member)), member);
        if (isOlder) rowsOf(kind).set(keyOf(member), { connectedAt, at, request, ttl });
        return isOlder;
      }),
      look: (connectionId, channels) => this.look(process, connectionId, channels),
      channelsOf: (connectionId) => this.step(process, 'query reverse', () => [...state.reverse].flatMap(([key, { connectedAt }]) => {
        const [id, channel] = key.split('|');
        return id === connectionId ? [{ channel, connectionId, connectedAt }] : [];
      })),
      member: (channel, connectionId) => this.step(process, 'get channel', (): Connection | undefined => {
        const row = state.channel.get(keyOf({ connectionId, channel }));
        return row && { connectionId, ...row };
      }),
      membersOf: () => {
        throw new Error('nobody sends here');
      },
    };
  }

  private rowsOf(kind: RowKind): Map<string, Row> {
    return kind === 'channel' ? this.state.channel : this.state.reverse;
  }

  private remove(process: number, kind: RowKind, member: MemberKey, age?: RowAge): Promise<void> {
    return this.step(process, `remove ${kind} ${member.channel}`, () => {
      const row = this.rowsOf(kind).get(keyOf(member));
      if (row && this.rules.isOurs(row, member, age)) this.rowsOf(kind).delete(keyOf(member));
    });
  }

  /** Deletes rows in any order, and those that are not refused in any case. */
  private async removeAll(process: number, kind: RowKind, members: readonly MemberKey[]): Promise<void> {
    const { refusal } = this;
    const isRefused = ({ channel }: MemberKey) => refusal?.process === process && refusal.kind === kind && refusal.channels.includes(channel);
    const refused = await Promise.all(members.map((member) => isRefused(member)
      ? this.step(process, `refuse ${kind} ${member.channel}`, () => true) : this.remove(process, kind, member).then(() => false)));
    if (refused.includes(true)) throw new Refused(`a row of the kind ${kind} is refused`);
  }

  private async look(process: number, connectionId: string, channels: readonly string[]): Promise<Sighting> {
    const { state } = this;
    const connection = () => this.step(process, 'look at the connection', () => state.stored.get(connectionId));
    const reverse = () => this.step(process, 'look at the reverse rows', () => channels.flatMap((channel) => {
      const row = state.reverse.get(keyOf({ connectionId, channel }));
      return row ? [[channel, row] as const] : [];
    }));
    if (this.lookOrder === 'connection first') return { connectedAt: await connection(), reverse: new Map(await reverse()) };
    const rows = await reverse();
    return { connectedAt: await connection(), reverse: new Map(rows) };
  }
}

export function keyOf({ connectionId, channel }: Pick<MemberKey, 'connectionId' | 'channel'>): string {
  return `${connectionId}|${channel}`;
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
