import { ambiguous, status, unsent } from './fakes';
import { outcomeOf } from '../../../lambda-src/core/outcome';

const now = 1_800_000_000_000;
const old = { connectionId: 'old', connectedAt: now - 90_001 };
const young = { connectionId: 'young', connectedAt: now - 90_000 };

describe('the meaning of an answer', () => {
  test.each([
    ['200', status(200), old, { end: 'delivered', tries: 1 }],
    ['204', status(204), old, { end: 'delivered', tries: 1 }],
    ['410 of a row older than 90 s', status(410), old, { end: 'gone', tries: 1, prune: true }],
    ['410 of a younger row', status(410), young, { end: 'gone', tries: 3 }],
    ['410 of a row without an age', status(410), { connectionId: 'x' }, { end: 'gone', tries: 1, prune: true }],
    ['410 of a row from the future', status(410), { connectionId: 'x', connectedAt: now + 5_000 }, { end: 'gone', tries: 3 }],
    ['429', status(429), old, { end: 'failed', tries: 4, throttled: true, later: true }],
    ['500', status(500), old, { end: 'failed', tries: 3, later: true }],
    ['503', status(503), old, { end: 'failed', tries: 3, later: true }],
    ['a failure before it was written', unsent, old, { end: 'failed', tries: Infinity, later: true }],
    ['a failure after it was written', ambiguous, old, { end: 'failed', tries: 2 }],
    ['403', status(403), old, { end: 'failed', tries: 1, denied: true, later: true }],
    ['400', status(400), old, { end: 'failed', tries: 1 }],
    ['413', status(413), old, { end: 'failed', tries: 1 }],
    ['a redirect', status(301), old, { end: 'failed', tries: 1 }],
  ])('%s', (_, answer, connection, expected) => {
    const { wait, ...outcome } = outcomeOf(answer, connection, now);
    expect(outcome).toEqual(expected);
  });
});

describe('the wait before the next try', () => {
  const waits = (answer: Parameters<typeof outcomeOf>[0], random: number, connection = old) =>
    [1, 2, 3].map((triesMade) => outcomeOf(answer, connection, now).wait(triesMade, random));

  test('is 250 ms, then 1 s, for a connection that is opening', () => {
    expect(waits(status(410), 0.7, young).slice(0, 2)).toEqual([250, 1000]);
  });

  test('a throttled connection backs off, by at least half of a doubling time', () => {
    expect(waits(status(429), 0)).toEqual([125, 250, 500]);
    expect(waits(status(429), 1)).toEqual([250, 500, 1000]);
  });

  test.each([['5xx', status(502)], ['unsent', unsent], ['ambiguous', ambiguous]])('%s: full jitter', (_, answer) => {
    expect(waits(answer, 0)).toEqual([0, 0, 0]);
    expect(waits(answer, 0.5)).toEqual([100, 200, 400]);
  });

  test('is at most a second for a post that could not be written, however often it was tried', () => {
    for (const stalls of [4, 100, 100_000]) expect(outcomeOf(unsent, old, now).wait(stalls, 0.9)).toBe(1_000);
  });
});
