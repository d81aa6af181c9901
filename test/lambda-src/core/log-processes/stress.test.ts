import { stress } from './stress';

/* The shipped code in separate processes, against the embedded database: `npx projen stress:log` runs the same for longer. */
test('alone, a message takes one reservation', async () => {
  const { faults, placed, last, reservesPerMessage } = await stress({ writers: 1, messages: 200, readers: 1, atOnce: 1 });
  expect(faults).toEqual([]);
  expect([placed, last]).toEqual([200, 200]);
  expect(reservesPerMessage).toBeLessThanOrEqual(1.05);
}, 120_000);

test('eight processes append while readers reconnect: no message is missing, none comes twice', async () => {
  const result = await stress({ writers: 8, messages: 800, readers: 3, atOnce: 4, torn: 0.01, kills: 1 });
  expect(result.faults).toEqual([]);
  expect(result.placed).toBeGreaterThanOrEqual(800);
  // Some were cut off, so that there were positions to seal.
  expect(result.last).toBeGreaterThan(result.placed);
  expect(result.reconnects).toBeGreaterThan(0);
  expect(result.reservesPerMessage).toBeLessThanOrEqual(2);
}, 300_000);
