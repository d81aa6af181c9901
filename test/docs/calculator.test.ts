import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { runLoad } from '../../bench/batch-load';
import { estimate, fullFrame, historyDollars, recoveryDollars, usageDollars } from '../../bench/scale-model';
import { costModel } from '../../docs/parts';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { ROOT } from '../../harness/root';
import { faults } from '../e2e/support/axe';

const { broadcastCost, messagesPerFrame, monthlyCost } = costModel();

const sum = (parts: Record<string, number>) => Object.values(parts).reduce((total, part) => total + part, 0);

test.each([1, 100, 1_000, 1_001, 10_000, 1_000_000])('a broadcast to %d costs what docs/scale.md says', (recipients) => {
  expect(sum(broadcastCost(recipients))).toBeCloseTo(estimate(recipients, 5_000).dollars, 12);
});

test('a month adds up: 1,000 clients, 8 hours a day, one message a minute', () => {
  const { parts, total } = monthlyCost({ connections: 1_000, hoursADay: 8, messagesAnHour: 60 });

  expect(parts['connected time']).toBeCloseTo(3.6); // 14,400 messages to 1,000 connections, and from one.
  expect(parts.deliveries).toBeCloseTo(14.4, 1); // 14,400 messages to 1,000, and from one
  expect(parts.heartbeats).toBeCloseTo(3.39, 2); // 1.69 million pings, and pongs
  expect(total).toBeCloseTo(sum(parts));
});

test('a history adds two writes a message, and an ask for each time that a client comes back', () => {
  const use = { connections: 1_000, hoursADay: 8, messagesAnHour: 60 };
  const [plain, kept] = [monthlyCost(use), monthlyCost({ ...use, hasHistory: true })];
  expect(plain.parts).not.toHaveProperty('history');
  const reconnects = (1_000 * 8 * 60 * 30) / 105;
  expect(kept.parts.history).toBeCloseTo(14_400 * historyDollars(200) + reconnects * recoveryDollars(0), 10);
  expect(kept.total - plain.total).toBeCloseTo(kept.parts.history);
});

describe('with batches', () => {
  const busy = { batchSize: 1_000, windowSeconds: 1 };
  const quick = { batchSize: 10, windowSeconds: 0 };

  test.each([
    ['a quiet chat shares no frames', 1, quick, 1],
    ['nor does it with a window of a second', 1, busy, 1],
    ['a longer window shares more', 1, { batchSize: 1_000, windowSeconds: 20 }, 20],
    ['a window gathers what arrives in it', 10, busy, 10],
    ['what is too much for a frame is spread over as few as can be', 100, busy, 50],
    ['a batch has no more than its size', 100, { ...busy, batchSize: 30 }, 30],
    ['without a window, messages wait for the rate only', 10, quick, 2],
    ['and never more than ten', 1_000, quick, 10],
  ])('%s', (_name, messagesPerSecond, batches, expected) => {
    expect(messagesPerFrame({ messagesPerSecond, recipients: 1_000, ...batches })).toBe(expected);
  });

  test('a frame is as full as the code fills it', () => {
    expect(messagesPerFrame({ messagesPerSecond: fullFrame(), recipients: 1, ...busy })).toBe(fullFrame());
    expect(messagesPerFrame({ messagesPerSecond: fullFrame() + 1, recipients: 1, ...busy })).toBe((fullFrame() + 1) / 2);
  });

  test.each([[100, 10], [100, 200], [1_000, 10], [1_000, 100]])(
    'what a simulation of the shipped code counts, to %d at %d messages a second', async (recipients, messagesPerSecond) => {
      const load = await runLoad({ recipients, messagesPerSecond, seconds: 20, frames: busy });
      const counted = (usageDollars(load) / load.deliveries) * 1e6;
      const messagesAnHour = messagesPerSecond * 3_600;
      const { parts, perFrame } = monthlyCost({ connections: recipients, hoursADay: 1, messagesAnHour, batches: busy });
      const messages = messagesAnHour * 30;
      // The simulation has neither what clients send nor the check of their rate.
      const told = parts.deliveries + parts['data out'] + parts['table, queues and functions'] - messages * (1e-6 + 0.625e-6);
      expect(perFrame / (load.deliveries / load.posts)).toBeCloseTo(1, 1);
      expect(((told / messages / recipients) * 1e6) / counted).toBeCloseTo(1, 1);
    }, 60_000);

  test('a busy API costs a fraction, and a quiet one no more than its queue', () => {
    const month = (messagesAnHour: number, batches?: typeof busy) => monthlyCost({ connections: 1_000, hoursADay: 8, messagesAnHour, batches });
    expect(month(360_000, busy).parts.deliveries).toBeLessThan(month(360_000).parts.deliveries / 45);
    const [quiet, plain] = [month(60, quick), month(60)];
    expect(quiet.total / plain.total).toBeLessThan(1.01);
    expect(quiet.total).toBeGreaterThan(plain.total);
  });
});

test('nobody costs nothing', () => {
  expect(monthlyCost({ connections: 0, hoursADay: 24, messagesAnHour: 0 }).total).toBe(0);
});

describeWithChromium('the calculator, opened as a file', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
  });

  test('shows what the function says, as one types', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(ROOT, 'docs', 'calculator', 'index.html')).href);
    await page.getByLabel('Clients').fill('10000');
    await page.getByLabel('Hours a day').fill('24');
    await page.getByLabel('Messages an hour').fill('10');

    const use = { connections: 10_000, hoursADay: 24, messagesAnHour: 10 };
    expect(await page.locator('#total').textContent()).toBe(`$${monthlyCost(use).total.toFixed(2)}`);
    await page.getByLabel('With a history').check();
    expect(await page.locator('#total').textContent()).toBe(`$${monthlyCost({ ...use, hasHistory: true }).total.toFixed(2)}`);
    expect(await faults(page)).toEqual([]);
  });

  test('asks for the window and the size of batches, and says what they do', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(ROOT, 'docs', 'calculator', 'index.html')).href);
    await page.getByLabel('Messages an hour').fill('36000');
    expect(await page.getByLabel('Window in seconds').isVisible()).toBe(false);
    await page.getByLabel('With batches').check();

    const use = { connections: 1_000, hoursADay: 8, messagesAnHour: 36_000 };
    const shows = async (batches: { batchSize: number; windowSeconds: number }, text: string) => {
      expect(await page.locator('#total').textContent()).toBe(monthlyCost({ ...use, batches }).total.toLocaleString('en', { style: 'currency', currency: 'USD' }));
      expect(await page.locator('#frames').textContent()).toBe(text);
    };
    await shows({ batchSize: 1_000, windowSeconds: 1 }, '10.0 messages a frame, in batches of up to 1000. A message waits up to 1 s longer.');
    await page.getByLabel('Window in seconds').fill('5');
    await page.getByLabel('Messages of a batch').fill('40');
    await shows({ batchSize: 40, windowSeconds: 5 }, '40.0 messages a frame, in batches of up to 40. A message waits up to 5 s longer.');
    // SQS takes no more than ten without one.
    await page.getByLabel('Window in seconds').fill('0');
    await shows({ batchSize: 10, windowSeconds: 0 }, '2.0 messages a frame, in batches of up to 10. No message waits for others.');
    expect(await faults(page)).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('fits a telephone, and can be read, when the scheme is %s', async (colorScheme) => {
    const page = await (await browser.newContext({ colorScheme, viewport: { width: 360, height: 740 } })).newPage();
    await page.goto(pathToFileURL(join(ROOT, 'docs', 'calculator', 'index.html')).href);
    await page.getByLabel('With batches').check();

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await faults(page)).toEqual([]);
  });
});
