import { FakeRows } from './fakes';
import { VirtualClock } from './simulation/virtual-clock';
import { forget } from '../../../lambda-src/core/forget';

async function forgetting(connectedAt: number | undefined, fate?: Error) {
  const clock = new VirtualClock();
  const rows = new FakeRows(clock, () => fate);
  const now = clock.now();
  const forgotten = clock.runUntil(forget(rows, { connectionId: 'c', connectedAt: connectedAt && now + connectedAt }, now));
  return { forgotten, rows, now };
}

test('deletes the row of a connection older than 90 s, of that one only', async () => {
  const { forgotten, rows, now } = await forgetting(-90_001);
  expect(await forgotten).toBe(true);
  expect(rows.removed).toEqual([{ connectionId: 'c', connectedAt: now - 90_001 }]);
});

test.each([['90 s old', -90_000], ['from the future', 5_000], ['of unknown age', undefined]])('keeps a row %s', async (_, connectedAt) => {
  const { forgotten, rows } = await forgetting(connectedAt);
  expect(await forgotten).toBe(false);
  expect(rows.removed).toEqual([]);
});

test('says so when the row could not be deleted', async () => {
  const { forgotten } = await forgetting(-100_000, new Error('throttled'));
  await expect(forgotten).rejects.toThrow('throttled');
});
