import fc from 'fast-check';
import { FakeQueue } from './fake-queue';
import { FakeSource, rows } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import type { Connection } from '../../../lambda-src/core/connection';
import { QueueRefusedError, TableUnreadableError } from '../../../lambda-src/core/errors';
import { plan } from '../../../lambda-src/core/plan';
import type { Target } from '../../../lambda-src/core/target';
import { ALL_CONNECTIONS } from '../../../src/private/contract';

interface Situation {
  readonly pages: (now: number) => (readonly Connection[] | Error | 'hang')[];
  /** Excluded connections of each broadcast. */
  readonly excluded?: readonly (readonly string[])[];
  readonly bodyBytes?: number;
  readonly fate?: ConstructorParameters<typeof FakeQueue>[1];
}

async function run({ pages, excluded = [[]], bodyBytes = 5, fate }: Situation) {
  const clock = new VirtualClock();
  const queue = new FakeQueue(clock, fate);
  const source = new FakeSource(clock, pages(clock.now()));
  const broadcasts = excluded.map((ids, index) => ({
    id: `m${index}`, target: ALL_CONNECTIONS, body: Buffer.alloc(bodyBytes, index), excluded: new Set(ids), expiresAt: clock.now() + 300_000,
  }));
  const outcome = await clock.runUntil(plan(broadcasts, clock.now() + 20_000, { recipientsOf: () => source, queue, clock }));
  expect(clock.pending).toBe(0);
  expect(queue.inFlight).toBe(0);
  expect(source.ended).toBe(true);
  const { here, failed } = outcome;
  expect(failed.map(({ of }) => of.id)).toEqual(failed.length > 0 ? broadcasts.map(({ id }) => id) : []);
  return { queue, source, clock, here, error: failed[0]?.error };
}

const idsOf = (items: readonly { readonly recipients: readonly Connection[] }[]) =>
  items.flatMap(({ recipients }) => recipients.map(({ connectionId }) => connectionId));

describe('few recipients', () => {
  test('are returned, and nothing is put on the queue', async () => {
    const { here, queue } = await run({ pages: (now) => [rows(600, now, 'a'), [], rows(400, now, 'b')] });
    expect(here.map(({ item }) => item.recipients.length)).toEqual([1_000]);
    expect(here[0].item).toMatchObject({ id: 'm0', attempt: 0, hop: 0 });
    expect(queue.batches).toEqual([]);
  });

  test('are none, and nothing is put on the queue', async () => {
    expect((await run({ pages: () => [[{ connectionId: '#pace' }]] })).here).toEqual([]);
  });

  test('of several broadcasts are found with one read of the table, each without its excluded connections', async () => {
    const { here, source } = await run({ pages: (now) => [rows(3, now)], excluded: [['c0'], [], ['c0', 'c1', 'c2']] });
    expect(here.map(({ of, item }) => [of.id, item.id, idsOf([item])])).toEqual([['m0', 'm0', ['c1', 'c2']], ['m1', 'm1', ['c0', 'c1', 'c2']]]);
    expect(source.pagesRead).toBe(1);
  });

  test('expired rows and keys that are no connections are left out', async () => {
    const { here } = await run({ pages: (now) => [[{ connectionId: 'old', ttl: now / 1000 - 1 }, { connectionId: '#pace' }, ...rows(1, now)]] });
    expect(idsOf(here.map(({ item }) => item))).toEqual(['c0']);
  });
});

describe('many recipients', () => {
  test('of more than a thousand are put on the queue, and none is returned', async () => {
    const { here, queue } = await run({ pages: (now) => [rows(1_001, now)] });
    expect(here).toEqual([]);
    expect(queue.items.map(({ recipients }) => recipients.length)).toEqual([1_000, 1]);
    expect(queue.entries.map(({ group, delaySeconds }) => [group, delaySeconds])).toEqual([['m0', undefined], ['m0', undefined]]);
  });

  test('of several smaller broadcasts, more than a thousand in all, are put on the queue', async () => {
    const { here, queue } = await run({ pages: (now) => [rows(400, now)], excluded: [[], [], []] });
    expect(here).toEqual([]);
    expect(queue.items.map(({ id, recipients }) => [id, recipients.length])).toEqual([['m0', 400], ['m1', 400], ['m2', 400]]);
  });

  test('are partitioned: each is in exactly one item of each broadcast', async () => {
    const pageSizes = fc.array(fc.integer({ min: 0, max: 1_700 }), { minLength: 1, maxLength: 6 });
    await fc.assert(fc.asyncProperty(pageSizes, fc.integer({ min: 1, max: 4 }), async (sizes, count) => {
      const excluded = Array.from({ length: count }, (_, index) => [`p0-${index}`, `p1-${index * 7}`]);
      const { here, queue } = await run({ pages: (now) => sizes.map((size, page) => rows(size, now, `p${page}-`)), excluded });
      const items = [...here.map(({ item }) => item), ...queue.items];
      const all = sizes.flatMap((size, page) => rows(size, 0, `p${page}-`)).map(({ connectionId }) => connectionId);
      excluded.forEach((ids, index) => {
        const planned = idsOf(items.filter(({ id }) => id === `m${index}`));
        expect(planned).toEqual(all.filter((id) => !ids.includes(id)));
      });
      expect(Math.max(0, ...items.map(({ recipients }) => recipients.length))).toBeLessThanOrEqual(1_000);
      if (queue.items.length > 0) expect(here).toEqual([]);
    }), { numRuns: 40 });
  });

  test('are sent in batches that SQS accepts, a few at a time, while the table is read on', async () => {
    const { queue } = await run({ pages: (now) => Array.from({ length: 30 }, (_, page) => rows(5_000, now, `connection-${page}-`)), bodyBytes: 128 * 1024 });
    expect(queue.items).toHaveLength(150);
    for (const batch of queue.batches) {
      expect(batch.length).toBeLessThanOrEqual(10);
      expect(batch.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)).toBeLessThanOrEqual(1024 * 1024 - batch.length * 1_024);
    }
    expect(queue.batches.length).toBeGreaterThan(30);
    expect(queue.mostInFlight).toBeGreaterThan(1);
    expect(queue.mostInFlight).toBeLessThanOrEqual(8);
  });

  test('with keys of the greatest length in DynamoDB fit into one request, item by item', async () => {
    const { queue } = await run({ pages: (now) => [rows(1_200, now, 'é'.repeat(1_000))], bodyBytes: 128 * 1024 });
    expect(idsOf(queue.items)).toHaveLength(1_200);
    for (const { body } of queue.entries) expect(Buffer.byteLength(body)).toBeLessThan(1024 * 1024 - 1_024);
  });
});

describe('a failure', () => {
  test('a table that cannot be read to its end: the plan fails', async () => {
    const { error } = await run({ pages: (now) => [rows(10, now), new Error('throttled')] });
    expect(error).toBeInstanceOf(TableUnreadableError);
  });

  test('a table that hangs: the plan fails in time', async () => {
    const { error, clock } = await run({ pages: (now) => [rows(2_500, now), 'hang'] });
    expect(error).toBeInstanceOf(TableUnreadableError);
    expect(clock.now()).toBeLessThanOrEqual(1_800_000_000_000 + 20_100);
  });

  test('a queue that does not answer: the plan fails in time', async () => {
    const { error, clock } = await run({ pages: (now) => [rows(25_000, now)], fate: () => 'hang' });
    expect(error).toBeInstanceOf(QueueRefusedError);
    expect(clock.now()).toBe(1_800_000_000_000 + 20_000);
  });

  test.each([1, 2])('a queue that refuses batch %d: the plan fails', async (refused) => {
    const { error } = await run({
      pages: (now) => [rows(10_000, now, 'a'), rows(10_000, now, 'b')],
      fate: (nth) => (nth === refused ? new Error('denied') : undefined),
    });
    expect(error).toBeInstanceOf(QueueRefusedError);
  });
});

describe('several targets', () => {
  interface Targets {
    /** By target: its recipients, or the error of reading them. */
    readonly of: Readonly<Record<string, number | Error>>;
    /** The targets of the broadcasts in turn. */
    readonly broadcasts: readonly string[];
    readonly fate?: ConstructorParameters<typeof FakeQueue>[1];
  }

  async function planned({ of, broadcasts, fate }: Targets) {
    const clock = new VirtualClock();
    const queue = new FakeQueue(clock, fate);
    const read: Target[] = [];
    const recipientsOf = (target: Target) => {
      read.push(target);
      const found = of[target];
      if (found === undefined) throw new Error('no such target');
      return new FakeSource(clock, [found instanceof Error ? found : rows(found, clock.now(), `${target} `)]);
    };
    const { here, failed } = await clock.runUntil(plan(broadcasts.map((target, index) => ({
      id: `m${index}`, target: target as Target, body: Buffer.from('hi'), excluded: new Set<string>(), expiresAt: clock.now() + 300_000,
    })), clock.now() + 20_000, { recipientsOf, queue, clock }));
    expect(clock.pending).toBe(0);
    expect(queue.inFlight).toBe(0);
    return { here: here.map(({ item }) => item), failed: failed.map((each) => [each.of.id, each.error.name]), queue, read };
  }

  test('are read once each, and each broadcast reaches its own recipients', async () => {
    const { here, read, queue } = await planned({ of: { '*': 3, 'channel:a': 2 }, broadcasts: ['channel:a', '*', 'channel:a'] });
    expect(read).toEqual(['channel:a', '*']);
    expect(here.map((item) => [item.id, idsOf([item])])).toEqual([
      ['m0', ['channel:a 0', 'channel:a 1']], ['m2', ['channel:a 0', 'channel:a 1']], ['m1', ['* 0', '* 1', '* 2']],
    ]);
    expect(queue.batches).toEqual([]);
  });

  test('with more than a thousand in all go to the queue, each recipient once a broadcast', async () => {
    const { here, queue } = await planned({ of: { 'channel:a': 600, 'channel:b': 401 }, broadcasts: ['channel:a', 'channel:b'] });
    expect(here).toEqual([]);
    expect(queue.items.map(({ id, recipients }) => [id, recipients.length])).toEqual([['m0', 600], ['m1', 401]]);
  });

  test('of which one is large: the small one is still delivered directly', async () => {
    const { here, queue } = await planned({ of: { '*': 1_001, 'channel:b': 5 }, broadcasts: ['*', 'channel:b'] });
    expect(here.map(({ id, recipients }) => [id, recipients.length])).toEqual([['m1', 5]]);
    expect(queue.items.map(({ id, recipients }) => [id, recipients.length])).toEqual([['m0', 1_000], ['m0', 1]]);
  });

  test('of which one cannot be read, or does not exist: the others are planned', async () => {
    const { here, failed } = await planned({
      of: { 'channel:a': new Error('throttled'), 'channel:b': 5 }, broadcasts: ['channel:a', 'channel:b', 'channel:none', 'channel:a'],
    });
    expect(failed).toEqual([['m0', 'TableUnreadableError'], ['m3', 'TableUnreadableError'], ['m2', 'Error']]);
    expect(here.map(({ id }) => id)).toEqual(['m1']);
  });

  test('of which one is refused by the queue: the others are planned', async () => {
    const { here, failed } = await planned({
      of: { '*': 2_000, 'channel:b': 5 }, broadcasts: ['*', 'channel:b'], fate: () => new Error('denied'),
    });
    expect(failed).toEqual([['m0', 'QueueRefusedError']]);
    expect(here.map(({ id }) => id)).toEqual(['m1']);
  });
});
