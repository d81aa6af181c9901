import { TABLE_RULES } from './stepped-world';
import type { Member, MemberKey, MemberTable, RowAge, RowKind } from '../../../../lambda-src/core/members/member-table';

/** The members table in memory, with the connections table beside it. */
export class MemoryMembers implements MemberTable {
  readonly connections = new Map<string, number>();
  readonly rows = { channel: new Map<string, Member>(), reverse: new Map<string, Member>() };
  /** Recorded requests. */
  readonly requests: string[] = [];
  /** Error of the next requests with this name. */
  failing?: { readonly request: string; readonly error: Error };

  /** Adds a member that joined earlier. */
  add(channel: string, connectionId: string, connectedAt: number, at = connectedAt): void {
    this.connections.set(connectionId, connectedAt);
    for (const kind of ['channel', 'reverse'] as const) {
      this.rows[kind].set(keyOf({ channel, connectionId }), { channel, connectionId, connectedAt, at, request: 'before', ttl: connectedAt / 1_000 + 10_800 });
    }
  }

  async put(kind: RowKind, member: Member): Promise<boolean> {
    this.note(`put ${kind}`);
    if (!TABLE_RULES.isOlder(this.rows[kind].get(keyOf(member)), member)) return false;
    this.rows[kind].set(keyOf(member), member);
    return true;
  }

  async remove(kind: RowKind, member: MemberKey, age?: RowAge): Promise<void> {
    this.note(`remove ${kind}`);
    const row = this.rows[kind].get(keyOf(member));
    if (row && TABLE_RULES.isOurs(row, member, age)) this.rows[kind].delete(keyOf(member));
  }

  async removeAll(kind: RowKind, members: readonly MemberKey[]): Promise<void> {
    for (const member of members) await this.remove(kind, member);
  }

  async look(connectionId: string, channels: readonly string[]) {
    this.note('look');
    const reverse = new Map(channels.flatMap((channel) => {
      const row = this.rows.reverse.get(keyOf({ channel, connectionId }));
      return row ? [[channel, row] as const] : [];
    }));
    return { connectedAt: this.connections.get(connectionId), reverse };
  }

  async channelsOf(connectionId: string) {
    this.note('channels');
    return [...this.rows.reverse.values()].filter((row) => row.connectionId === connectionId);
  }

  async member(channel: string, connectionId: string) {
    this.note('member');
    return this.rows.channel.get(keyOf({ channel, connectionId }));
  }

  membersOf(channel: string, firstRows = Infinity) {
    const members = () => [...this.rows.channel.values()].filter((row) => row.channel === channel);
    const note = () => this.note('page');
    return {
      async* pages() {
        note();
        yield members().slice(0, firstRows);
        // Like DynamoDB, which does not know yet that nothing follows.
        if (members().length < firstRows) return;
        note();
        yield members().slice(firstRows);
      },
    };
  }

  isMember(channel: string, connectionId: string): boolean {
    return this.rows.channel.has(keyOf({ channel, connectionId }));
  }

  private note(request: string): void {
    this.requests.push(request);
    if (this.failing?.request === request) throw this.failing.error;
  }
}

function keyOf({ channel, connectionId }: { channel: string; connectionId: string }): string {
  return `${connectionId}|${channel}`;
}
