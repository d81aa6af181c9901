import fc from 'fast-check';
import { rateOverrun } from '../../harness/conformance/rate';

describe('the overrun of a rate', () => {
  test('is a single send when the sends are evenly spaced', () => {
    expect(rateOverrun([0, 10, 20, 30], 100)).toBeCloseTo(1);
  });

  test('is the size of a burst', () => {
    expect(rateOverrun([0, 1_000, 1_000, 1_000, 2_000], 1)).toBeCloseTo(3);
  });

  test('is that of the worst of all windows', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (times, rate) => {
      const sorted = [...times].sort((a, b) => a - b);
      let worst = 0;
      for (const [from, start] of sorted.entries()) {
        for (const [to, end] of sorted.entries()) {
          if (to >= from) worst = Math.max(worst, to - from + 1 - (rate * (end - start)) / 1000);
        }
      }
      expect(rateOverrun(times, rate)).toBeCloseTo(worst, 6);
    }));
  });
});
