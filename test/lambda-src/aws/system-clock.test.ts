import { deadlineOf, SteadyClock } from '../../../lambda-src/aws/system-clock';

const NOW = 1_800_000_000_000;

function clocks() {
  const hands = { wall: NOW, steady: 5_000 };
  const clock = new SteadyClock(() => hands.wall, () => hands.steady);
  const pass = (millis: number) => {
    hands.wall += millis;
    hands.steady += millis;
  };
  return { hands, clock, pass };
}

const remaining = (millis: number) => ({ getRemainingTimeInMillis: () => millis });

test('it starts at the time of the wall clock', () => {
  expect(clocks().clock.now()).toBe(NOW);
});

test.each([-2_000, -300_000, 300_000])('setting the wall clock by %i ms during an invocation moves neither time nor deadline, and is noticed', (step) => {
  const { hands, clock, pass } = clocks();
  const deadline = deadlineOf(remaining(30_000), clock);
  expect(deadline).toBe(NOW + 29_500);
  pass(1_000);
  hands.wall += step;
  pass(1_000);
  expect(clock.now()).toBe(NOW + 2_000);
  expect(deadline - clock.now()).toBe(27_500);
  expect(clock.wallStep).toBe(step);
});

test('an invocation begins with the current wall clock, however long the environment was frozen', () => {
  const { hands, clock } = clocks();
  hands.wall += 3_600_000; // The steady clock may stand still meanwhile.
  expect(deadlineOf(remaining(10_000), clock)).toBe(NOW + 3_609_500);
  expect(clock.wallStep).toBe(0);
});

test('the clock of the process is not affected when the wall clock is set', async () => {
  const clock = new SteadyClock();
  const real = Date.now;
  const start = clock.now();
  try {
    for (const step of [-2_000, -300_000, 300_000]) {
      Date.now = () => real() + step;
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    }
  } finally {
    Date.now = real;
  }
  expect(clock.now() - start).toBeGreaterThanOrEqual(55);
  expect(clock.now() - start).toBeLessThan(10_000);
});
