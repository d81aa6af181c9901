import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { estimate, historyDollars, recoveryDollars } from '../../bench/scale-model';
import { costModel } from '../../docs/parts';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { ROOT } from '../../harness/root';
import { faults } from '../e2e/support/axe';

const { broadcastCost, monthlyCost } = costModel();

const sum = (parts: Record<string, number>) => Object.values(parts).reduce((total, part) => total + part, 0);

test.each([1, 100, 1_000, 1_001, 10_000, 1_000_000])('a broadcast to %d costs what docs/scale.md says', (recipients) => {
  expect(sum(broadcastCost(recipients))).toBeCloseTo(estimate(recipients, 5_000).dollars, 12);
});

test('a month adds up: 1,000 clients, 8 hours a day, one message a minute', () => {
  const { parts, total } = monthlyCost({ connections: 1_000, hoursADay: 8, messagesAnHour: 60 });

  expect(parts['connected time']).toBeCloseTo(3.6); // 14.4 million minutes
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

  test.each(['light', 'dark'] as const)('fits a telephone, and can be read, when the scheme is %s', async (colorScheme) => {
    const page = await (await browser.newContext({ colorScheme, viewport: { width: 360, height: 740 } })).newPage();
    await page.goto(pathToFileURL(join(ROOT, 'docs', 'calculator', 'index.html')).href);

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await faults(page)).toEqual([]);
  });
});
