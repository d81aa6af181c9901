import type { Member, MemberTable, RowAge } from '../../../../lambda-src/core/members/member-table';
import { MarkingMemberTable } from '../../../../lambda-src/core/presence/presence-members';

const MEMBER: Member = { channel: 'room', connectionId: 'c', connectedAt: 1, at: 2, request: 'm', ttl: 3 };

/** Records the calls in order. */
function recording({ isWritten = true, hasPresence = () => true }: { isWritten?: boolean; hasPresence?: (channel: string) => boolean } = {}) {
  const done: string[] = [];
  const table = {
    put: async (kind: string) => (done.push(`put ${kind}`), isWritten),
    remove: async (kind: string) => void done.push(`remove ${kind}`),
    removeAll: async (kind: string, members: readonly Member[]) => void done.push(`remove all ${kind} ${members.map(({ channel }) => channel).join(' ')}`),
  } as unknown as MemberTable;
  const mark = async (channel: string) => (done.push(`mark ${channel}`), { version: 0, count: 0 });
  const removing = async (channel: string, remove: () => Promise<void>) => {
    done.push(`mark before ${channel}`);
    await remove();
    await mark(channel);
  };
  return { done, table: new MarkingMemberTable(table, { mark, removing }, hasPresence) };
}

test('a channel is marked after the row of a member was written', async () => {
  const { done, table } = recording();
  expect(await table.put('channel', MEMBER)).toBe(true);
  expect(done).toEqual(['put channel', 'mark room']);
});

test('a channel is not marked if the row was not written', async () => {
  const { done, table } = recording({ isWritten: false });
  expect(await table.put('channel', MEMBER)).toBe(false);
  expect(done).toEqual(['put channel']);
});

test.each<[string, RowAge]>([['an unsubscribe', { before: 5 }], ['a join that is undone', { at: 5 }]])('%s is marked after the row was removed', async (_what, age) => {
  const { done, table } = recording();
  await table.remove('channel', MEMBER, age);
  expect(done).toEqual(['remove channel', 'mark room']);
});

test('a closed connection is also marked before its removal, because nothing repeats that', async () => {
  const { done, table } = recording();
  await table.remove('channel', MEMBER);
  expect(done).toEqual(['mark before room', 'remove channel', 'mark room']);
});

test('of many channels that a closed connection leaves, those with presence are marked before and after, and the others removed together', async () => {
  const { done, table } = recording({ hasPresence: (channel) => channel.startsWith('room') });
  const members = ['plain-1', 'room-1', 'plain-2'].map((channel) => ({ ...MEMBER, channel }));
  await table.removeAll('channel', members);
  expect(done).toEqual(['remove all channel plain-1 plain-2', 'mark before room-1', 'remove channel', 'mark room-1']);
  done.length = 0;
  await table.removeAll('reverse', members);
  expect(done).toEqual(['remove all reverse plain-1 room-1 plain-2']);
});

test('reverse rows, and channels without presence, are not marked', async () => {
  const reverse = recording();
  await reverse.table.put('reverse', MEMBER);
  await reverse.table.remove('reverse', MEMBER);
  expect(reverse.done).toEqual(['put reverse', 'remove reverse']);
  const other = recording({ hasPresence: () => false });
  await other.table.put('channel', MEMBER);
  await other.table.remove('channel', MEMBER);
  expect(other.done).toEqual(['put channel', 'remove channel']);
});
