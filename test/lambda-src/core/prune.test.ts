import { FakeRows, rows } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import { prune } from '../../../lambda-src/core/prune';
import { emptyTally } from '../../../lambda-src/core/tally';

async function pruning(count: number, millis: number, fate?: ConstructorParameters<typeof FakeRows>[1]) {
  const clock = new VirtualClock();
  const table = new FakeRows(clock, fate);
  const tally = emptyTally();
  const deadline = clock.now() + millis;
  await clock.runUntil(prune(rows(count, clock.now()), deadline, { rows: table, clock }, tally));
  return { clock, table, tally, late: clock.now() - deadline };
}

test('deletes every row, sixteen at a time, and leaves no timer', async () => {
  const { clock, table, tally } = await pruning(100, 1_000);
  expect(table.removed.map(({ connectionId }) => connectionId).sort()).toEqual(rows(100, 0).map(({ connectionId }) => connectionId).sort());
  expect(table.mostInFlight).toBe(16);
  expect(tally).toMatchObject({ pruned: 100, staleConnections: 0 });
  expect(clock.pending).toBe(0);
});

test('a row that cannot be deleted stays, and is counted', async () => {
  const { table, tally } = await pruning(40, 1_000, (id) => (id === 'c7' ? new Error('throttled') : undefined));
  expect(table.removed).toHaveLength(39);
  expect(tally).toMatchObject({ pruned: 39, staleConnections: 1 });
});

test('ends in time with deletes that hang', async () => {
  const { table, tally, late } = await pruning(100, 1_000, (id) => (id.endsWith('1') ? 'hang' : undefined));
  expect(late).toBe(0);
  expect(tally).toMatchObject({ pruned: 90, staleConnections: 10 });
  expect(table.inFlight).toBe(0);
});

test('ends in time with more rows than there is time for', async () => {
  const { tally, table } = await pruning(1_000, 22);
  expect(tally).toEqual({ ...emptyTally(), pruned: 80, staleConnections: 920 });
  expect(table.inFlight).toBe(0);
});

test('deletes nothing when there is no time at all', async () => {
  const { tally, table } = await pruning(5, 0);
  expect(table.mostInFlight).toBe(0);
  expect(tally.staleConnections).toBe(5);
});

test('does nothing without rows', async () => {
  const { clock, tally } = await pruning(0, 1_000);
  expect(clock.now()).toBe(new VirtualClock().now());
  expect(tally).toEqual(emptyTally());
});

test.each([
  ['91 s old is deleted', -91_000, { pruned: 1, staleConnections: 0 }],
  ['90 s old may still be opening', -90_000, { pruned: 0, staleConnections: 1 }],
  ['from the future may still be opening', 5_000, { pruned: 0, staleConnections: 1 }],
  ['of unknown age is kept', undefined, { pruned: 0, staleConnections: 1 }],
])('a row that is %s', async (_, age, counts) => {
  const clock = new VirtualClock();
  const table = new FakeRows(clock);
  const tally = emptyTally();
  const gone = { connectionId: 'c', connectedAt: age && clock.now() + age };
  await clock.runUntil(prune([gone], clock.now() + 1_000, { rows: table, clock }, tally));
  expect(tally).toMatchObject(counts);
  expect(table.removed).toEqual(counts.pruned ? [gone] : []);
});

test('everything that depends on a row is deleted with it, or the row counts as kept', async () => {
  const clock = new VirtualClock();
  const forgotten: string[] = [];
  const tally = emptyTally();
  const onForgotten = async ({ connectionId }: { connectionId: string }) => {
    if (connectionId === 'c1') throw new Error('throttled');
    forgotten.push(connectionId);
  };
  await clock.runUntil(prune(rows(3, clock.now()), clock.now() + 1_000, { rows: new FakeRows(clock), clock, onForgotten }, tally));
  expect(forgotten).toEqual(['c0', 'c2']);
  expect(tally).toMatchObject({ pruned: 2, staleConnections: 1 });
});
