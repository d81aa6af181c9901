import type { Member, MemberTable, RowAge } from '../../../../lambda-src/core/members/member-table';
import { MarkingMemberTable } from '../../../../lambda-src/core/presence/presence-members';

const MEMBER: Member = { channel: 'room', connectionId: 'c', connectedAt: 1, at: 2, request: 'm', ttl: 3 };

/** Records the calls in order. */
function recording({ isWritten = true, hasPresence = true } = {}) {
  const done: string[] = [];
  const table = {
    put: async (kind: string) => (done.push(`put ${kind}`), isWritten),
    remove: async (kind: string) => void done.push(`remove ${kind}`),
  } as unknown as MemberTable;
  const mark = async (channel: string) => (done.push(`mark ${channel}`), { version: 0, count: 0 });
  const removing = async (channel: string, remove: () => Promise<void>) => {
    done.push(`mark before ${channel}`);
    await remove();
    await mark(channel);
  };
  return { done, table: new MarkingMemberTable(table, { mark, removing }, () => hasPresence) };
}

test('a member is marked after its row was written', async () => {
  const { done, table } = recording();
  expect(await table.put('channel', MEMBER)).toBe(true);
  expect(done).toEqual(['put channel', 'mark room']);
});

test('a row that was not written is not', async () => {
  const { done, table } = recording({ isWritten: false });
  expect(await table.put('channel', MEMBER)).toBe(false);
  expect(done).toEqual(['put channel']);
});

test.each<[string, RowAge]>([['an unsubscribe', { before: 5 }], ['a join that is undone', { at: 5 }]])('%s is marked after the row was removed', async (_what, age) => {
  const { done, table } = recording();
  await table.remove('channel', MEMBER, age);
  expect(done).toEqual(['remove channel', 'mark room']);
});

test('a connection that is closed is marked before as well, since nobody removes it again', async () => {
  const { done, table } = recording();
  await table.remove('channel', MEMBER);
  expect(done).toEqual(['mark before room', 'remove channel', 'mark room']);
});

test('reverse rows, and channels without presence, are not marked', async () => {
  const reverse = recording();
  await reverse.table.put('reverse', MEMBER);
  await reverse.table.remove('reverse', MEMBER);
  expect(reverse.done).toEqual(['put reverse', 'remove reverse']);
  const other = recording({ hasPresence: false });
  await other.table.put('channel', MEMBER);
  await other.table.remove('channel', MEMBER);
  expect(other.done).toEqual(['put channel', 'remove channel']);
});
