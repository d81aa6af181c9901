import type { PresenceMarker } from './presence-marker';
import { inParallel } from '../in-parallel';
import type { Member, MemberKey, MemberTable, RowAge, RowKind } from '../members/member-table';

/** Channels that are marked at once: the function of a connection that ends may be new and small, and then each socket costs more than the wait. */
const LEAVING_AT_ONCE = 16;

/**
 * A members table whose changes become lists.
 *
 * Invariant: a mark follows every change of a channel's row. Nothing repeats the removal of a closed connection, so a mark also comes
 * before it.
 */
export class MarkingMemberTable implements MemberTable {
  /** @param hasPresence whether a channel has a list */
  constructor(
    private readonly table: MemberTable, private readonly marker: Pick<PresenceMarker, 'mark' | 'removing'>,
    private readonly hasPresence: (channel: string) => boolean,
  ) {}

  async put(kind: RowKind, member: Member, abortSignal?: AbortSignal): Promise<boolean> {
    const isWritten = await this.table.put(kind, member, abortSignal);
    if (isWritten && this.isMarked(kind, member)) await this.marker.mark(member.channel, abortSignal);
    return isWritten;
  }

  async remove(kind: RowKind, member: MemberKey, age?: RowAge, abortSignal?: AbortSignal): Promise<void> {
    const remove = () => this.table.remove(kind, member, age, abortSignal);
    if (!this.isMarked(kind, member)) return remove();
    // A client that asked to leave asks again when it gets no answer.
    if (age === undefined) return this.marker.removing(member.channel, remove, abortSignal);
    await remove();
    await this.marker.mark(member.channel, abortSignal);
  }

  async removeAll(kind: RowKind, members: readonly MemberKey[], abortSignal?: AbortSignal): Promise<void> {
    const marked = members.filter((member) => this.isMarked(kind, member));
    await this.table.removeAll(kind, members.filter((member) => !marked.includes(member)), abortSignal);
    await inParallel(marked, LEAVING_AT_ONCE, (member) => this.remove(kind, member, undefined, abortSignal));
  }

  look(...given: Parameters<MemberTable['look']>): ReturnType<MemberTable['look']> {
    return this.table.look(...given);
  }

  channelsOf(...given: Parameters<MemberTable['channelsOf']>): ReturnType<MemberTable['channelsOf']> {
    return this.table.channelsOf(...given);
  }

  member(...given: Parameters<MemberTable['member']>): ReturnType<MemberTable['member']> {
    return this.table.member(...given);
  }

  membersOf(...given: Parameters<MemberTable['membersOf']>): ReturnType<MemberTable['membersOf']> {
    return this.table.membersOf(...given);
  }

  private isMarked(kind: RowKind, { channel }: MemberKey): boolean {
    return kind === 'channel' && this.hasPresence(channel);
  }
}
