import { FakeRows } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import { forget, type ForgetPorts } from '../../../lambda-src/core/forget';

async function forgetting({ fate, onForgotten }: { fate?: Error; onForgotten?: ForgetPorts['onForgotten'] } = {}) {
  const clock = new VirtualClock();
  const rows = new FakeRows(clock, () => fate);
  const outcome = await clock.runUntil(forget({ connectionId: 'c', connectedAt: 5 }, { rows, onForgotten: onForgotten?.bind(rows) })
    .then(() => undefined, (error: Error) => error.message));
  return { outcome, removed: rows.removed };
}

test('deletes the row of exactly this connection, however young', async () => {
  expect(await forgetting()).toEqual({ outcome: undefined, removed: [{ connectionId: 'c', connectedAt: 5 }] });
});

test('notifies its port once the row is gone', async () => {
  const told: unknown[] = [];
  await forgetting({
    async onForgotten(this: FakeRows, connection) {
      told.push([connection, this.removed.length]);
    },
  });
  expect(told).toEqual([[{ connectionId: 'c', connectedAt: 5 }, 1]]);
});

test('does not notify of a row that could not be deleted, and rejects', async () => {
  const onForgotten = jest.fn();
  expect((await forgetting({ fate: new Error('throttled'), onForgotten })).outcome).toBe('throttled');
  expect(onForgotten).not.toHaveBeenCalled();
});

test('rejects when something that depends on the row could not be deleted', async () => {
  const onForgotten = async () => {
    throw new Error('denied');
  };
  expect((await forgetting({ onForgotten })).outcome).toBe('denied');
});
