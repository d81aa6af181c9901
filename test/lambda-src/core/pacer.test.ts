import { FakeBudget } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import { Pacer, type Reservation } from '../../../lambda-src/core/pacer';

const RATE = 1_000;

interface Setting {
  readonly script?: (nth: number) => Reservation | 'hang' | undefined;
  readonly rate?: number;
  readonly latency?: number;
  readonly seconds?: number;
  readonly places?: number;
}

function pacing({ script, rate = RATE, latency, seconds = 30, places }: Setting = {}) {
  const clock = new VirtualClock();
  const budget = new FakeBudget(clock, rate, script, latency);
  let changes = 0;
  const pacer = new Pacer(budget, clock, clock.now() + seconds * 1_000, () => changes++, undefined, places);
  return { clock, budget, pacer, changes: () => changes };
}

/** Sends as fast as allowed, with at least `gap` milliseconds between two sends; returns the times. */
async function sendAll({ clock, pacer }: ReturnType<typeof pacing>, count: number, gap = 0): Promise<number[]> {
  const sent: number[] = [];
  const giveUp = clock.now() + 60_000;
  while (sent.length < count && clock.now() < giveUp && !pacer.isExhausted(clock.now())) {
    const now = clock.now();
    pacer.demand(count - sent.length, now);
    const ready = pacer.readyAt(now);
    if (ready !== undefined && ready <= now) {
      pacer.take();
      sent.push(now);
      if (gap > 0) await clock.run(now + gap);
    } else {
      await clock.run(now + 1);
    }
  }
  return sent;
}

/** Most sends beyond the rate in any period that begins and ends with a send. */
function excess(sent: readonly number[], rate: number): number {
  let most = 0;
  let lowest = Infinity;
  sent.forEach((at, index) => {
    lowest = Math.min(lowest, index - (at * rate) / 1000);
    most = Math.max(most, index + 1 - (at * rate) / 1000 - lowest);
  });
  return most;
}

test('twenty sends need no slot', async () => {
  const setting = pacing();
  expect(await sendAll(setting, 20)).toHaveLength(20);
  expect(setting.budget.asked).toEqual([]);
});

test('the first twenty go out while the slot is being reserved, the others at the rate', async () => {
  const setting = pacing();
  const start = setting.clock.now();
  const sent = await sendAll(setting, 1_020);
  expect(sent.slice(0, 20)).toEqual(Array(20).fill(start));
  expect(sent.at(-1)! - start).toBeGreaterThanOrEqual(999);
  expect(sent.at(-1)! - start).toBeLessThan(1_030);
  expect(excess(sent.slice(20), RATE)).toBeLessThanOrEqual(RATE * 0.2 + 1);
});

test.each([1, 3, 7, 50, 333, 5_000, 100_000])('a rate of %d is used up while there is a backlog', async (rate) => {
  const setting = pacing({ rate, latency: 30 });
  const count = Math.min(10 * rate, 20_000);
  const sent = (await sendAll(setting, count + 20)).slice(20);
  const seconds = (sent.at(-1)! - sent[0]) / 1000;
  expect((sent.length - 1) / seconds).toBeGreaterThan(0.95 * rate);
  expect(excess(sent, rate)).toBeLessThanOrEqual(rate * 0.2 + 2);
});

test('requests a slot for what is waiting, and never for more than a second', async () => {
  const setting = pacing();
  await sendAll(setting, 8_000);
  const asked = setting.budget.asked.map(({ sends }) => sends);
  expect(asked[0]).toBe(100);
  expect(Math.max(...asked)).toBe(1_000);
  expect(asked.reduce((a, b) => a + b)).toBe(8_000 - 20);
});

test.each([[1, 10], [4, 40], [16, 100], [128, 100]])('with %d places, first requests at most %d', async (places, sends) => {
  const setting = pacing({ places });
  await sendAll(setting, 2_000);
  expect(setting.budget.asked[0].sends).toBe(sends);
  // A faster sender soon has more.
  expect(Math.max(...setting.budget.asked.map((each) => each.sends))).toBeGreaterThan(500);
});

test('requests less after it could not use all: after the first slice, little is wasted', async () => {
  const setting = pacing();
  const sent = await sendAll(setting, 2_000, 4);
  const asked = setting.budget.asked.reduce((sum, { sends }) => sum + sends, 0);
  expect(sent).toHaveLength(2_000);
  expect(asked - setting.budget.asked[0].sends).toBeLessThan(2_000 * 1.06);
});

test('a late permit is void: a pause is not made up for by a burst', async () => {
  const setting = pacing();
  const before = await sendAll(setting, 300);
  await setting.clock.run(setting.clock.now() + 600_000);
  const after = await sendAll(setting, 1_000);
  expect(after).toHaveLength(1_000);
  expect(excess([...before.slice(20), ...after], RATE)).toBeLessThanOrEqual(RATE * 0.2 + 1);
});

test('a slot that was over before its answer came is not used, and the next is requested', async () => {
  let late = true;
  const setting = pacing({
    script: () => {
      if (!late) return undefined;
      late = false;
      return { kind: 'slot', start: 0 };
    },
  });
  expect(await sendAll(setting, 500)).toHaveLength(500);
});

test('waits up to five seconds for the first slot, and for later ones to the deadline', async () => {
  const setting = pacing({ seconds: 10 });
  await sendAll(setting, 600);
  const [first, second] = setting.budget.asked;
  expect(first.maxWaitMillis).toBe(5_000);
  expect(second.maxWaitMillis).toBeGreaterThan(9_000);
  expect(second.maxWaitMillis).toBeLessThan(10_000);
});

test('it waits no longer than the deadline', async () => {
  const setting = pacing({ seconds: 2 });
  await sendAll(setting, 30);
  expect(setting.budget.asked[0].maxWaitMillis).toBe(2_000);
});

test('near the deadline, requests no more than fits before it', async () => {
  const setting = pacing({ seconds: 0.05 });
  setting.pacer.demand(1_000, setting.clock.now());
  expect(setting.budget.asked[0].sends).toBe(50);
  await setting.clock.run();
});

test('after a refusal it ends when the permits in hand are used', async () => {
  const setting = pacing({ script: (nth) => (nth === 2 ? { kind: 'refused', backlogMillis: 9_000 } : undefined) });
  expect(await sendAll(setting, 2_000)).toHaveLength(120);
  expect(setting.pacer).toMatchObject({ backlogMillis: 9_000, hasSlot: true, rateLimitFallbacks: 0 });
  expect(setting.budget.asked).toHaveLength(2);
});

test('a refusal of the first slot is distinguished', async () => {
  const setting = pacing({ script: () => ({ kind: 'refused', backlogMillis: 9_000 }) });
  expect(await sendAll(setting, 100)).toHaveLength(20);
  expect(setting.pacer.hasSlot).toBe(false);
});

test('continues at a quarter of the rate, and reports it, when the budget cannot be reached', async () => {
  const setting = pacing({ script: () => ({ kind: 'unreachable' }) });
  const sent = (await sendAll(setting, 1_020)).slice(20);
  const seconds = (sent.at(-1)! - sent[0]) / 1000;
  expect(seconds).toBeGreaterThan(3.99);
  expect(seconds).toBeLessThan(4.2);
  expect(setting.pacer.rateLimitFallbacks).toBe(setting.budget.asked.length);
});

test.each([1, 3, 7])('a quarter of a rate of %d is not exceeded either', async (rate) => {
  const setting = pacing({ rate, script: () => ({ kind: 'unreachable' }), seconds: 60 });
  const sent = (await sendAll(setting, 30)).slice(20);
  expect(excess(sent, rate / 4)).toBeLessThanOrEqual(1.1);
});

test('a budget that does not answer counts as unreachable after half a second', async () => {
  const setting = pacing({ script: (nth) => (nth === 1 ? 'hang' : undefined) });
  const start = setting.clock.now();
  const sent = await sendAll(setting, 100);
  expect(sent).toHaveLength(100);
  expect(sent[20] - start).toBe(500);
  expect(setting.pacer.rateLimitFallbacks).toBe(1);
});

test('stopping aborts a reservation, which is then not counted, and leaves nothing behind', async () => {
  const { clock, pacer, changes } = pacing({ script: () => 'hang' });
  pacer.demand(100, clock.now());
  await clock.runUntil(pacer.stop());
  expect(pacer.rateLimitFallbacks).toBe(0);
  expect(changes()).toBe(0);
  expect(clock.pending).toBe(0);
});
