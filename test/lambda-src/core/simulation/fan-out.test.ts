import fc from 'fast-check';
import { FanOut, type World } from './fan-out';
import { LIMIT } from '../../../../src/private/contract';

const CALM: World = { seed: [0.5], recipients: 3_456, crashes: 0, duplicates: 0, slow: 0 };

const worlds: fc.Arbitrary<World> = fc.record({
  seed: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 97, maxLength: 97 }),
  recipients: fc.integer({ min: 1_001, max: 3_500 }),
  crashes: fc.constantFrom(0, 0.2, 0.5),
  duplicates: fc.constantFrom(0, 0.3),
  slow: fc.constantFrom(0, 1),
  workers: fc.constantFrom(2, 4, 8),
  rate: fc.constantFrom(500, 1_250, 5_000),
});

test('whatever crashes, is late or comes twice: each recipient is sent to, expired, or in the dead-letter queue, within the one rate', async () => {
  await fc.assert(fc.asyncProperty(worlds, async (world) => {
    const run = new FanOut(world);
    run.publish();
    await run.clock.run(run.start + 30 * 60_000);
    expect(run.violations()).toEqual([]);
  }), { numRuns: 30 });
}, 120_000);

test('without trouble each recipient is sent to exactly once', async () => {
  const run = new FanOut(CALM);
  run.publish();
  await run.clock.run(run.start + 10 * 60_000);
  expect(run.violations()).toEqual([]);
  expect(run.sends).toHaveLength(3_456);
  expect(run.dead).toEqual([]);
});

test.each([2, 4, 8])('a backlog that %i workers share uses the rate, and no window holds more than it allows', async (workers) => {
  const run = new FanOut({ ...CALM, recipients: 30_000, workers, rate: 2_500, delay: 50 });
  run.publish();
  await run.clock.run(run.start + 10 * 60_000);
  expect(run.violations()).toEqual([]);
  expect(run.sends).toHaveLength(30_000);
  const seconds = (run.sends.at(-1)!.at - run.sends[0].at) / 1_000;
  expect(30_000 / seconds / 2_500).toBeGreaterThan(0.95);
});

test.each([2, 4, 8])('a small broadcast overtakes the backlog of %i workers: it waits for what they hold, not for what waits', async (workers) => {
  const rate = 2_500;
  const small = 200;
  const run = new FanOut({ ...CALM, recipients: 30_000, workers, rate, delay: 50 });
  run.publish('large');
  run.clock.after(4_000, () => run.publish('small', small));
  await run.clock.run(run.start + 10 * 60_000);
  const of = (text: string) => run.sends.filter(({ body }) => body.includes(`"${text}"`)).map(({ at }) => at);
  expect(of('small')).toHaveLength(small);
  expect(of('large')).toHaveLength(30_000);
  // The bound of the design, its own sends, and what it takes to be received and to read the table.
  const bound = (workers * LIMIT.chunkRecipients + small) / rate + 0.25;
  expect((of('small').at(-1)! - run.start) / 1_000 - 4).toBeLessThan(bound);
  expect(of('large').at(-1)! - of('small').at(-1)!).toBeGreaterThan(2_000);
});
