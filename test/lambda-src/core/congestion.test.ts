import { Congestion } from '../../../lambda-src/core/congestion';

const start = 1_800_000_000_000;
const WINDOW = 250;

/** Records a window of answers, in which `throttled` connections got a 429. */
function note(congestion: Congestion, at: number, answers: number, throttled: number, connections = throttled) {
  for (let n = 0; n < answers; n++) congestion.note(`c${n % Math.max(1, connections)}`, n < throttled, at);
}

/** Returns the factor after one such window. */
function factorAfter(answers: number, throttled: number, connections?: number): number {
  const congestion = new Congestion(1_000);
  congestion.readyAt(start);
  note(congestion, start, answers, throttled, connections);
  congestion.readyAt(start + WINDOW);
  return congestion.factor;
}

test('slows down when 2 % of the answers, about five connections, were 429', () => {
  expect(factorAfter(250, 5)).toBe(0.5);
  expect(factorAfter(5, 5)).toBe(0.5);
});

test.each([
  ['four connections', 4, 4, 4],
  ['many answers of one slow client', 100, 100, 1],
  ['less than 2 %', 251, 5, 5],
  ['none', 100, 0, 0],
])('does not slow down for %s', (_, answers, throttled, connections) => {
  expect(factorAfter(answers, throttled, connections)).toBe(1);
});

test('nothing waits while there is no congestion', () => {
  const congestion = new Congestion(1_000);
  congestion.sent(start);
  expect(congestion.readyAt(start)).toBeLessThanOrEqual(start);
});

test('halves once in a window, to a sixty-fourth at most, and recovers by a quarter in a window', () => {
  const congestion = new Congestion(1_000);
  let now = start;
  congestion.readyAt(now);
  for (let window = 1; window <= 8; window++) {
    note(congestion, now, 10, 10);
    now += WINDOW;
    congestion.readyAt(now);
    expect(congestion.factor).toBe(Math.max(1 / 64, 0.5 ** window));
  }
  congestion.readyAt(now + WINDOW);
  expect(congestion.factor).toBeCloseTo(1.25 / 64);
  congestion.readyAt(now + 3 * WINDOW);
  expect(congestion.factor).toBeCloseTo(1.25 ** 3 / 64);
  congestion.readyAt(now + 60_000);
  expect(congestion.factor).toBe(1);
});

test('sends are spread at the lower rate', () => {
  const congestion = new Congestion(1_000);
  congestion.readyAt(start);
  note(congestion, start, 10, 10);
  const now = start + WINDOW;
  expect(congestion.readyAt(now)).toBeLessThanOrEqual(now);
  congestion.sent(now);
  expect(congestion.readyAt(now)).toBe(now + 2);
  congestion.sent(now + 2);
  expect(congestion.readyAt(now + 2)).toBe(now + 4);
  congestion.sent(now + 100);
  expect(congestion.readyAt(now + 100)).toBe(now + 102);
});
