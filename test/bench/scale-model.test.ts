import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimate, priceTable, scaleTable } from '../../bench/scale-model';
import { TUNING } from '../../src/private/contract';

test('docs/scale.md has the table that the model comes to, and the prices that it starts from', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'scale.md'), 'utf8');
  expect(page).toContain(scaleTable());
  expect(page).toContain(priceTable());
});

test('what a direct fan-out reaches at the default rate is what its time and the rate allow', () => {
  const { messageHandlerTimeoutSeconds } = TUNING;
  expect(5_000 * (messageHandlerTimeoutSeconds - 1.5)).toBeCloseTo(132_500);
});

test('the rate is what a large broadcast takes: ten times the rate, a tenth of the time', () => {
  expect(estimate(1_000_000, 5_000).seconds).toBeCloseTo(200.05);
  expect(estimate(1_000_000, 50_000).seconds).toBeCloseTo(20.05);
});

test('a rate beyond what the table can be read at buys nothing', () => {
  expect(estimate(1_000_000, 1_000_000).seconds).toBe(estimate(1_000_000, 500_000).seconds);
});

test('deliveries are nearly all of the cost', () => {
  expect(estimate(1_000_000, 5_000).dollars).toBeGreaterThan(1);
  expect(estimate(1_000_000, 5_000).dollars).toBeLessThan(1.02);
});
