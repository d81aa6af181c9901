import { FakeBudget, FakeRows, FakeSender, FakeSource, status } from './fakes';
import { NOW } from './log/memory-table';
import { VirtualClock } from '../../../harness/virtual-clock';
import { AddresseeReader } from '../../../lambda-src/core/channels/addressee';
import { ChannelRules } from '../../../lambda-src/core/channels/channel-rules';
import type { Connection } from '../../../lambda-src/core/connection';
import { handleKicks } from '../../../lambda-src/core/kick';
import type { Answer } from '../../../lambda-src/core/sender';

const OLD = NOW - 600_000;
const row = (connectionId: string, connectedAt = OLD): Connection => ({ connectionId, connectedAt, channel: 'room' });
const RULE = { pattern: 'room', subscribe: { kind: 'anyone' }, publish: { kind: 'anyone' }, history: false } as const;

interface Situation {
  readonly pages?: (readonly Connection[] | Error)[];
  readonly tells?: (id: string, nth: number) => Answer | 'hang';
  readonly closes?: (id: string, nth: number) => Answer | 'hang';
  readonly bodies?: readonly string[];
}

async function kicking({ pages = [[row('a'), row('b')]], tells, closes = () => status(204), bodies = ['{"to":"channel:room"}'] }: Situation = {}) {
  const clock = new VirtualClock(NOW);
  const teller = () => new FakeSender(clock, tells ?? (() => status(200)));
  const told: string[] = [];
  const closed: string[] = [];
  const order: string[] = [];
  const [kicked, errors, forgotten]: string[][] = [[], [], []];
  const targets: string[] = [];
  const rows = new FakeRows(clock);
  const failures = await clock.runUntil(handleKicks(bodies.map((body, nth) => ({ messageId: `k${nth}`, body })), NOW + 29_500, {
    recipientsOf: (target) => {
      targets.push(target);
      return new FakeSource(clock, pages);
    },
    rows,
    onForgotten: async ({ connectionId, channel }) => void forgotten.push(`${connectionId} of ${channel}`),
    sender: { begin: (body) => noting(teller().begin(body), (id) => (told.push(`${id} ${Buffer.from(body).toString()}`), order.push(`tell ${id}`))) },
    closer: { begin: () => noting(new FakeSender(clock, closes).begin(new Uint8Array()), (id) => (closed.push(id), order.push(`close ${id}`))) },
    budget: new FakeBudget(clock),
    clock,
    random: () => 0.5,
    maxInFlight: 128,
    addressees: new AddresseeReader(new ChannelRules([RULE], true), true),
    report: { kicked: (id, ...counts) => kicked.push(`${id} ${counts.join()}`), notKicked: (id, error) => errors.push(`${id} ${error.name}`) },
  }));
  const removed = rows.removed.map(({ connectionId }) => connectionId);
  return { failures, told, closed: [...new Set(closed)], order, kicked, errors, forgotten, targets, removed };
}

function noting(transmission: ReturnType<FakeSender['begin']>, note: (id: string) => unknown): ReturnType<FakeSender['begin']> {
  return {
    end: () => transmission.end(),
    post: (id) => {
      note(id);
      return transmission.post(id);
    },
  };
}

test('each connection gets a last frame, is closed, and is forgotten with its memberships', async () => {
  const { failures, told, order, kicked, forgotten, removed, targets } = await kicking();
  expect([failures, targets, kicked]).toEqual([[], ['channel:room'], ['k0 2,0']]);
  expect(told.map((each) => JSON.parse(each.slice(2)))).toEqual([1, 2].map(() => ({ type: 'error', code: 'kicked', message: expect.any(String) })));
  expect(order).toEqual(['tell a', 'tell b', 'close a', 'close b']);
  expect([removed, forgotten]).toEqual([['a', 'b'], ['a of room', 'b of room']]);
});

test.each([
  ['user:a b', 'channel:user:a_20b'], ['connection:abc=', 'connection:abc='], ['channel:user:a_20b', 'channel:user:a_20b'],
])('%s is read as %s', async (to, target) => {
  expect((await kicking({ bodies: [JSON.stringify({ to })] })).targets).toEqual([target]);
});

test.each([
  '', 'channel:room', '[]', 'null', '{}', '{"to":1}', '{"to":"*"}', '{"to":""}', '{"to":"channel:"}', '{"to":"channel:other"}', '{"to":"user:"}',
  '{"to":"connection:"}', '{"to":"everybody"}', '{"__proto__":{"to":"channel:room"}}',
])('%s closes nothing, and ends among the dead letters', async (body) => {
  expect(await kicking({ bodies: [body] })).toMatchObject({ failures: ['k0'], errors: ['k0 RefusedPublicationError'], targets: [], closed: [] });
});

test('a malformed request does not affect the others', async () => {
  expect(await kicking({ bodies: ['x', '{"to":"channel:room"}'] })).toMatchObject({ failures: ['k0'], kicked: ['k1 2,0'] });
});

test('a connection that cannot be notified is closed nevertheless', async () => {
  expect(await kicking({ tells: () => status(429) })).toMatchObject({ failures: [], closed: ['a', 'b'], kicked: ['k0 2,0'] });
});

test('a connection that is already gone is forgotten', async () => {
  expect(await kicking({ tells: () => status(410), closes: () => status(410) })).toMatchObject({ failures: [], kicked: ['k0 0,0'] });
});

test('a connection that is still opening keeps its rows, and is closed when the record is received again', async () => {
  const { failures, removed, errors } = await kicking({ pages: [[row('a', NOW - 1_000)]], tells: () => status(410), closes: () => status(410) });
  expect([failures, removed, errors]).toEqual([['k0'], [], ['k0 KickIncompleteError']]);
});

test('a connection that cannot be closed keeps its rows, and the record is received again', async () => {
  const { failures, removed, kicked } = await kicking({ closes: (id) => (id === 'a' ? status(204) : status(500)) });
  expect([failures, removed, kicked]).toEqual([['k0'], ['a'], ['k0 1,1']]);
});

test('members that cannot be read to the end do not count as complete', async () => {
  expect(await kicking({ pages: [[row('a')], new Error('throttled')] })).toMatchObject({ failures: ['k0'], closed: ['a'], removed: ['a'] });
});

test('rows that have expired, or are not of a connection, are left alone', async () => {
  const { closed } = await kicking({ pages: [[{ ...row('a'), ttl: NOW / 1_000 - 1 }, row('#pace'), row('b')]] });
  expect(closed).toEqual(['b']);
});
