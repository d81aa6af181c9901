import { presenceFrame } from '../../../../lambda-src/core/presence/frames';
import { nextDue, nextList } from '../../../../lambda-src/core/presence/presence-list';
import { NO_PRESENCE, type PresenceState, type PresentUser } from '../../../../lambda-src/core/presence/presence-table';

const RULES = { channel: 'room', maxUsers: 3 };
const NOW = 1_800_000_000_000;

const users = (...ids: string[]): PresentUser[] => ids.map((id) => ({ id }));
const present = (...ids: string[]) => ({ count: ids.length, users: users(...ids) });
const listed = (state: Partial<PresenceState>): PresenceState => ({ ...NO_PRESENCE, version: 1, turn: 1, storedTurn: 1, ...state });

test('the first list is a change, even with nobody in it', () => {
  expect(nextList(NO_PRESENCE, present(), NOW, RULES)).toEqual({ list: { version: 1, count: 0, users: [], absent: {} }, isChanged: true });
});

test('a list is in the order of ids', () => {
  expect(nextList(NO_PRESENCE, present('b', 'a'), NOW, RULES).list.users).toEqual(users('a', 'b'));
});

test('the same users in another order are no change', () => {
  const base = listed({ count: 2, users: users('a', 'b') });
  expect(nextList(base, present('b', 'a'), NOW, RULES)).toEqual({ list: { version: 1, count: 2, users: users('a', 'b'), absent: {} }, isChanged: false });
});

test('another name is a change', () => {
  const base = listed({ count: 1, users: [{ id: 'a', name: 'Ann' }] });
  expect(nextList(base, { count: 1, users: [{ id: 'a', name: 'Anna' }] }, NOW, RULES)).toMatchObject({ list: { version: 2 }, isChanged: true });
});

test('an absent user stays for ten seconds', () => {
  const base = listed({ count: 2, users: users('a', 'b') });
  const { list, isChanged } = nextList(base, present('a'), NOW, RULES);
  expect({ list, isChanged }).toEqual({ list: { version: 1, count: 2, users: users('a', 'b'), absent: { b: NOW } }, isChanged: false });
  expect(nextDue(list)).toBe(NOW + 10_000);
  const later = listed({ ...list });
  expect(nextList(later, present('a'), NOW + 9_999, RULES).isChanged).toBe(false);
  expect(nextList(later, present('a'), NOW + 10_000, RULES)).toEqual({ list: { version: 2, count: 1, users: users('a'), absent: {} }, isChanged: true });
});

test('an absent user who is back is no change', () => {
  const base = listed({ count: 2, users: users('a', 'b'), absent: { b: NOW } });
  expect(nextList(base, present('a', 'b'), NOW + 60_000, RULES)).toMatchObject({ list: { version: 1, absent: {} }, isChanged: false });
});

test('an id that is named like a member of every object is absent only when it is', () => {
  const base = listed({ count: 1, users: users('constructor') });
  expect(nextList(base, present(), NOW, RULES).list.absent).toEqual({ constructor: NOW });
});

test('above the limit a list has only the number of users, without absent ones', () => {
  const base = listed({ count: 2, users: users('a', 'z') });
  expect(nextList(base, { count: 4 }, NOW, RULES)).toEqual({ list: { version: 2, count: 4, absent: {} }, isChanged: true });
});

test('absent users leave the list if there is no room for them', () => {
  const base = listed({ count: 3, users: users('a', 'b', 'z') });
  expect(nextList(base, present('a', 'b', 'c'), NOW, RULES).list).toEqual({ version: 2, count: 3, users: users('a', 'b', 'c'), absent: {} });
});

test('if the names do not fit into one frame, the list has only the count', () => {
  const long = Array.from({ length: 200 }, (_, n) => ({ id: String(n).padStart(22, '0'), name: '🙂'.repeat(128) }));
  const { list } = nextList(NO_PRESENCE, { count: 200, users: long }, NOW, { channel: 'room', maxUsers: 200 });
  expect(list).toEqual({ version: 1, count: 200, absent: {} });
});

test('a frame has the members, unless there are too many', () => {
  expect(presenceFrame('room', { version: 3, count: 1, users: [{ id: 'a', name: 'Ann' }] }))
    .toEqual({ type: 'presence', channel: 'room', version: 3, count: 1, members: [{ id: 'a', name: 'Ann' }] });
  expect(presenceFrame('room', { version: 4, count: 500 }, 'r1')).toEqual({ type: 'presence', ref: 'r1', channel: 'room', version: 4, count: 500 });
});
