import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchTable, estimate, fullFrame, historyDollars, historyTables, priceTable, recoveryDollars, scaleTable } from '../../bench/scale-model';
import { packFrames } from '../../lambda-src/core/batch-frames';
import type { QueueRecord } from '../../lambda-src/core/queue-batch';
import { TUNING } from '../../src/private/contract';

test('docs/scale.md has the table that the model comes to, and the prices that it starts from', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'scale.md'), 'utf8');
  expect(page).toContain(scaleTable());
  expect(page).toContain(priceTable());
  expect(page).toContain(historyTables());
  expect(page).toContain(batchTable());
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
  expect(estimate(1_000_000, 5_000).dollars).toBeLessThan(1.05);
});

test('bytes out are three percent of small messages, and most of large ones', () => {
  const [small, large] = [200, 20_000].map((bytes) => estimate(1_000_000, 5_000, bytes).dollars);
  // 347 bytes at $0.09 per gigabyte.
  expect(small - estimate(1_000_000, 5_000, -147).dollars).toBeCloseTo(0.0312, 3);
  expect(large / small).toBeGreaterThan(2.5);
});

test('a message in the history is two writes, and one more for each further kilobyte', () => {
  expect([200, 864, 865, 1_888, 1_889].map((bytes) => Math.round(historyDollars(bytes) / 0.625e-6))).toEqual([2, 2, 3, 3, 4]);
});

test('a full frame has as many messages as the code packs into one', () => {
  const record: QueueRecord = { isWorkItem: false, messageId: 'm', sentAt: 1, receipts: 1, attributes: {}, body: '' };
  const envelopes = Array.from({ length: 1_000 }, (_, position) => ({ record, json: 'x'.repeat(347), sentAt: 1, position }));
  expect(packFrames(envelopes)[0].envelopes).toHaveLength(fullFrame());
});

test('to come back costs two messages and little more', () => {
  expect(recoveryDollars(0)).toBeGreaterThan(2e-6);
  expect(recoveryDollars(0)).toBeLessThan(3e-6);
  expect(recoveryDollars(50) - recoveryDollars(0)).toBeCloseTo(50 * 347 * 0.09e-9, 12);
});
