import * as fc from 'fast-check';
import { Retries } from '../../../lambda-src/core/retries';

const connection = { connectionId: 'c' };
const manySends = 1e9;

test('accepts ten retries, and one more for every ten first sends', () => {
  const accepted = (firstSends: number) => {
    const retries = new Retries();
    return Array.from({ length: 200 }, () => retries.add({ connection, triesMade: 1, due: 0 }, firstSends)).filter(Boolean).length;
  };
  expect(accepted(0)).toBe(10);
  expect(accepted(9)).toBe(10);
  expect(accepted(10)).toBe(11);
  expect(accepted(1_000)).toBe(110);
});

test('a retry taken out still counts', () => {
  const retries = new Retries();
  for (let n = 0; n < 10; n++) {
    expect(retries.add({ connection, triesMade: 1, due: 0 }, 0)).toBe(true);
    retries.take(0);
  }
  expect(retries.add({ connection, triesMade: 1, due: 0 }, 0)).toBe(false);
});

test('no retry is returned before it is due', () => {
  const retries = new Retries();
  retries.add({ connection, triesMade: 1, due: 5 }, 0);
  expect(retries.take(4)).toBeUndefined();
  expect(retries.nextDue).toBe(5);
  expect(retries.take(5)).toEqual({ connection, triesMade: 1, due: 5 });
  expect(retries.nextDue).toBeUndefined();
});

test('behaves as a sorted list', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ take: fc.integer({ min: 0, max: 50 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const retries = new Retries();
    const model: number[] = [];
    for (const one of steps) {
      if ('add' in one) {
        expect(retries.add({ connection, triesMade: 1, due: one.add }, manySends)).toBe(true);
        model.push(one.add);
        model.sort((a, b) => a - b);
      } else {
        const due = model.length > 0 && model[0] <= one.take ? model.shift() : undefined;
        expect(retries.take(one.take)?.due).toBe(due);
      }
      expect(retries.size).toBe(model.length);
      expect(retries.nextDue).toBe(model[0]);
      expect(retries.due(25)).toBe(model.filter((due) => due <= 25).length);
    }
  }));
});
