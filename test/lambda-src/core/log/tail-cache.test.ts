import fc from 'fast-check';
import { bytesOf, type Entry } from '../../../../lambda-src/core/log/log-table';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';

const LOG = { channel: 'a', epoch: 'one' };
const entry = (position: number, length = 100): Entry => ({ position, at: 1, ttl: 1, message: { id: `m${position}`, sentAt: 1, text: 'x'.repeat(length) } });
const SIZE = bytesOf(entry(1));

test('returns what was stored, for this channel and this epoch only', () => {
  const cache = new TailCache();
  cache.put(LOG, entry(1), 0);
  expect(cache.get(LOG, 1, 0)).toEqual(entry(1));
  expect(cache.get(LOG, 2, 0)).toBeUndefined();
  expect(cache.get({ ...LOG, channel: 'b' }, 1, 0)).toBeUndefined();
});

test('forgets a channel whose epoch has changed', () => {
  const cache = new TailCache();
  cache.put(LOG, entry(1), 0);
  expect(cache.get({ ...LOG, epoch: 'two' }, 1, 0)).toBeUndefined();
  expect(cache.bytes).toBe(0);
  expect(cache.get(LOG, 1, 0)).toBeUndefined();
});

test('forgets an entry after its time, even if it is read again and again', () => {
  const cache = new TailCache({ maxAgeMillis: 1_000 });
  cache.put(LOG, entry(1), 0);
  cache.put(LOG, entry(2), 500);
  for (let now = 0; now <= 1_000; now += 100) expect(cache.get(LOG, 1, now)).toBeDefined();
  expect(cache.get(LOG, 1, 1_001)).toBeUndefined();
  expect(cache.get(LOG, 2, 1_001)).toBeDefined();
  expect(cache.bytes).toBe(SIZE);
});

test('keeps the newest entries of a channel that has more than fit', () => {
  const cache = new TailCache({ maxBytes: 10 * SIZE });
  for (let position = 1; position <= 100; position++) cache.put(LOG, entry(position), 0);
  expect(cache.get(LOG, 100, 0)).toBeDefined();
  expect(cache.get(LOG, 96, 0)).toBeDefined();
  expect(cache.get(LOG, 80, 0)).toBeUndefined();
});

test('keeps the newest entries when a client reads far back', () => {
  const cache = new TailCache({ maxBytes: 10 * SIZE });
  for (let position = 91; position <= 101; position++) cache.put(LOG, entry(position), 0);
  for (let position = 1; position <= 90; position++) cache.put(LOG, entry(position), 0);
  for (let position = 97; position <= 101; position++) expect(cache.get(LOG, position, 0)).toBeDefined();
});

test('drops idle channels first, then entries of the largest channel', () => {
  const cache = new TailCache({ maxBytes: 10 * SIZE, maxAgeMillis: 1_000 });
  for (let position = 1; position <= 3; position++) cache.put({ channel: 'idle', epoch: 'e' }, entry(position), 0);
  for (let position = 1; position <= 2; position++) cache.put({ channel: 'small', epoch: 'e' }, entry(position), 1_500);
  for (let position = 1; position <= 9; position++) cache.put({ channel: 'busy', epoch: 'e' }, entry(position), 1_500);
  expect(cache.get({ channel: 'idle', epoch: 'e' }, 3, 1_500)).toBeUndefined();
  expect(cache.get({ channel: 'small', epoch: 'e' }, 1, 1_500)).toBeDefined();
  expect(cache.get({ channel: 'busy', epoch: 'e' }, 9, 1_500)).toBeDefined();
  expect(cache.get({ channel: 'busy', epoch: 'e' }, 1, 1_500)).toBeUndefined();
});

test('never exceeds its limits, and returns only what was stored', () => {
  const puts = fc.array(fc.record({
    channel: fc.constantFrom('a', 'b', 'c'),
    epoch: fc.constantFrom('one', 'two'),
    position: fc.integer({ min: 1, max: 30 }),
    length: fc.integer({ min: 0, max: 2_000 }),
    after: fc.integer({ min: 0, max: 300 }),
  }), { maxLength: 200 });
  fc.assert(fc.property(puts, (list) => {
    const cache = new TailCache({ maxBytes: 5_000, maxAgeMillis: 1_000 });
    const given = new Map<string, Entry>();
    let now = 0;
    for (const { channel, epoch, position, length, after } of list) {
      now += after;
      const written = entry(position, length);
      cache.put({ channel, epoch }, written, now);
      given.set(`${channel} ${epoch} ${position}`, written);
      expect(cache.bytes).toBeLessThanOrEqual(5_000);
      const got = cache.get({ channel, epoch }, position, now);
      if (got) expect(got).toBe(given.get(`${channel} ${epoch} ${position}`));
    }
  }), { numRuns: 300 });
});
