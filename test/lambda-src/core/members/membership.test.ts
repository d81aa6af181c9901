import { TABLE_RULES, SteppedWorld } from './stepped-world';
import type { Member } from '../../../../lambda-src/core/members/member-table';
import { leaveAll, subscribe, unsubscribe } from '../../../../lambda-src/core/members/membership';

const member = (at: number, channel = 'c'): Member => ({ connectionId: 'x', connectedAt: 1, channel, at, request: `m${at}`, ttl: 9 });
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A table whose requests are carried out on the test's call, and the waiting requests by name. */
function stepped() {
  const world = new SteppedWorld(TABLE_RULES, 'connection first');
  world.state.stored.set('x', 1);
  const take = async (...names: string[]) => {
    for (const name of names) {
      await settle();
      world.take(world.waiting.findIndex((step) => `${step.process} ${step.name}` === name));
    }
    await settle();
  };
  return { world, take };
}

/** Carries out requests at once, except the failing ones. */
async function carriedOut<T>(work: (table: ReturnType<SteppedWorld['tableOf']>) => Promise<T>, failing?: string): Promise<{ outcome: T; requests: string[]; most: number }> {
  const { world } = stepped();
  const requests: string[] = [];
  let most = 0;
  const table = world.tableOf(0);
  const put = table.put.bind(table);
  const done = work({ ...table, put: async (...given) => given[1].channel === failing ? Promise.reject(new Error('throttled')) : put(...given) });
  for (await settle(); world.waiting.length > 0; await settle()) {
    most = Math.max(most, world.waiting.length);
    requests.push(world.take(0).slice(4));
  }
  return { outcome: await done, requests, most };
}

test('a subscription takes four reads and writes, and the two reads are one request', async () => {
  const { outcome, requests } = await carriedOut((table) => subscribe([member(10)], table));
  expect(outcome).toEqual(['subscribed']);
  expect(requests).toEqual(['put reverse c', 'put channel c', 'look at the connection', 'look at the reverse rows']);
});

test('fifty channels are read once, and a limited number of rows is written at a time', async () => {
  const channels = Array.from({ length: 50 }, (_, nth) => member(10, `c${nth}`));
  const { outcome, requests, most } = await carriedOut((table) => subscribe(channels, table));
  expect(outcome).toEqual(channels.map(() => 'subscribed'));
  expect(requests).toHaveLength(2 * 50 + 2);
  expect(most).toBe(32);
});

test('a channel that fails does not affect the others', async () => {
  const { outcome } = await carriedOut((table) => subscribe([member(10, 'a'), member(10, 'b'), member(10, 'd')], table), 'b');
  expect(outcome).toEqual(['subscribed', new Error('throttled'), 'subscribed']);
});

test('no channels need no request', async () => {
  expect(await carriedOut((table) => subscribe([], table))).toEqual({ outcome: [], requests: [], most: 0 });
});

test('a read that fails fails for every channel', async () => {
  const { outcome } = await carriedOut((table) => subscribe([member(10)], { ...table, look: () => Promise.reject(new Error('throttled')) }));
  expect(outcome).toEqual([new Error('throttled')]);
});

test('the reverse row of an earlier request does not count for a later one that was undone', async () => {
  const { world, take } = stepped();
  const later = subscribe([member(12)], world.tableOf(0));
  await take('0 put reverse c', '0 put channel c', '0 look at the connection');
  const left = unsubscribe(member(13), 13, world.tableOf(1));
  await take('1 remove reverse c', '1 remove channel c');
  await left;
  void subscribe([member(10)], world.tableOf(2));
  await take('2 put reverse c', '0 look at the reverse rows', '0 remove channel c', '0 remove reverse c');
  expect(await later).toEqual(['gone']);
  expect([...world.state.reverse.values()]).toMatchObject([{ at: 10 }]);
});

test('closing a connection returns the channels that it left, and the one where a message found it', async () => {
  const { outcome } = await carriedOut(async (table) => {
    await subscribe([member(10, 'a'), member(10, 'b')], table);
    return leaveAll({ connectionId: 'x', connectedAt: 1, channel: 'd' }, table);
  });
  expect(outcome).toEqual(['a', 'b', 'd']);
});
