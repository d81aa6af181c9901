import fc from 'fast-check';
import { FanOut, type World } from './fan-out';
import { TUNING } from '../../../../src/private/contract';

const CALM: World = { seed: [0.5], recipients: 3_456, crashes: 0, duplicates: 0, slow: 0 };

test('a redelivery that overlaps a worker still running repeats its item, and loses nobody', async () => {
  const run = new FanOut({ ...CALM, overlaps: 1 });
  run.publish();
  await run.clock.run(run.start + 10 * 60_000);
  expect(run.violations()).toEqual([]);
  expect(run.sends.length).toBeGreaterThan(3_456);
  expect(new Set(run.sends.map(({ id }) => id)).size).toBe(3_456);
});

test.each([0, 3, 1_000])('a message that fails again and again and is moved back %i times ends, and is not sent once it is too old', async (redrives) => {
  const run = new FanOut({ ...CALM, recipients: 2_500, crashes: 1, redrives, seed: [0.1] });
  run.publish();
  await run.clock.run(run.start + 24 * 3_600_000);
  expect(run.violations()).toEqual([]);
  expect(run.clock.pending).toBe(0);
});

const worlds: fc.Arbitrary<World> = fc.record({
  seed: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 97, maxLength: 97 }),
  recipients: fc.integer({ min: 1_001, max: 3_500 }),
  crashes: fc.constantFrom(0, 0.2, 0.5),
  duplicates: fc.constantFrom(0, 0.3),
  slow: fc.constantFrom(0, 1),
  workers: fc.constantFrom(2, 4, 8, 24),
  rate: fc.constantFrom(16, 60, 500, 1_250, 5_000),
  overlaps: fc.constantFrom(0, 0.1),
  limitSeconds: fc.constantFrom(8, 30),
});

test('despite crashes, delays and duplicates, each recipient is sent to, expired, or in the dead-letter queue, within one rate', async () => {
  await fc.assert(fc.asyncProperty(worlds, async (world) => {
    const run = new FanOut(world);
    run.publish();
    await run.clock.run(run.start + 30 * 60_000);
    expect(run.violations()).toEqual([]);
  }), { numRuns: 30 });
}, 300_000);

test('without failures each recipient is sent to exactly once', async () => {
  const run = new FanOut(CALM);
  run.publish();
  await run.clock.run(run.start + 10 * 60_000);
  expect(run.violations()).toEqual([]);
  expect(run.sends).toHaveLength(3_456);
  expect(run.dead).toEqual([]);
});

test.each([2, 4, 8, 12])('a backlog that %i workers share uses the rate, and no window holds more than it allows', async (workers) => {
  const run = new FanOut({ ...CALM, recipients: 30_000, workers, rate: 2_500, delay: 50 });
  run.publish();
  await run.clock.run(run.start + 10 * 60_000);
  expect(run.violations()).toEqual([]);
  expect(run.sends).toHaveLength(30_000);
  const seconds = (run.sends.at(-1)!.at - run.sends[0].at) / 1_000;
  expect(30_000 / seconds / 2_500).toBeGreaterThan(0.95);
});

/** Situations that once dropped parts untried: many workers at a slow rate, and short invocations. */
const SLOW: readonly (readonly [string, Partial<World>])[] = [
  ['24 workers at 60 a second', { workers: 24, rate: 60, recipients: 24_000, maxAgeSeconds: 3_600 }],
  ['8 workers at 40 a second', { workers: 8, rate: 40, recipients: 8_000, maxAgeSeconds: 3_600 }],
  ['4 workers at 16 a second', { workers: 4, rate: 16, recipients: 4_000, maxAgeSeconds: 3_600 }],
  ['10 workers of 8 seconds at 100 a second', { workers: 10, rate: 100, recipients: 4_000, maxAgeSeconds: 3_600, limitSeconds: 8 }],
  ['10 workers of 5 seconds at 100 a second', { workers: 10, rate: 100, recipients: 4_000, maxAgeSeconds: 3_600, limitSeconds: 5 }],
  ['1,000 workers at 60 a second', { workers: 1_000, rate: 60, recipients: 6_000, maxAgeSeconds: 3_600 }],
  ['2 workers at 1 a second', { workers: 2, rate: 1, recipients: 1_000, maxAgeSeconds: 3_600 }],
  ['24 workers at 1 a second', { workers: 24, rate: 1, recipients: 1_000, maxAgeSeconds: 3_600 }],
];

test.each(SLOW)('no recipient is given up untried while there is time: %s', async (_, world) => {
  const run = new FanOut({ ...CALM, delay: 200, ...world });
  run.publish();
  await run.clock.run(run.start + 65 * 60_000);
  expect(run.violations()).toEqual([]);
  expect(new Set(run.sends.map(({ id }) => id)).size).toBe(world.recipients);
  expect([run.dead, run.away, run.expired]).toEqual([[], [], 0]);
  // Lambda stops an item after a loop of about sixteen functions.
  expect(run.mostReturns).toBeLessThan(14);
}, 120_000);

test.each([2, 4, 8])('a small broadcast overtakes the backlog of %i workers: it waits only for the parts that they hold', async (workers) => {
  const rate = 2_500;
  const small = 200;
  const run = new FanOut({ ...CALM, recipients: 30_000, workers, rate, delay: 50 });
  run.publish('large');
  run.clock.after(4_000, () => run.publish('small', small));
  await run.clock.run(run.start + 10 * 60_000);
  const of = (text: string) => run.sends.filter(({ body }) => body.includes(`"${text}"`)).map(({ at }) => at);
  expect(of('small')).toHaveLength(small);
  expect(of('large')).toHaveLength(30_000);
  // The bound of the design, its own sends, and the time to receive it and read the table.
  const bound = (workers * TUNING.chunkRecipients + small) / rate + 0.25;
  expect((of('small').at(-1)! - run.start) / 1_000 - 4).toBeLessThan(bound);
  expect(of('large').at(-1)! - of('small').at(-1)!).toBeGreaterThan(2_000);
});
