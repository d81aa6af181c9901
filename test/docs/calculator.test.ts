import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sirv from 'sirv';
import { estimate } from '../../bench/scale-model';
import { faults } from '../e2e/support/axe';
import { ROOT } from '../e2e/support/bundles';
import { describeWithChromium, launchChromium } from '../e2e/support/chromium';
import { loadModule } from '../examples/load-module';

interface Cost {
  broadcastCost(recipients: number, ratePerSecond?: number): Record<string, number>;
  monthlyCost(use: { connections: number; hoursADay: number; messagesAnHour: number }): { parts: Record<string, number>; total: number };
}

const { broadcastCost, monthlyCost } = loadModule<Cost>('docs/calculator/cost.js');

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

test('nobody costs nothing', () => {
  expect(monthlyCost({ connections: 0, hoursADay: 24, messagesAnHour: 0 }).total).toBe(0);
});

describeWithChromium('the calculator in a browser', () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = createServer(sirv(join(ROOT, 'docs', 'calculator')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test('shows what the function says, as one types', async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.getByLabel('Clients').fill('10000');
    await page.getByLabel('Hours a day').fill('24');
    await page.getByLabel('Messages an hour').fill('10');

    const { total } = monthlyCost({ connections: 10_000, hoursADay: 24, messagesAnHour: 10 });
    expect(await page.locator('#total').textContent()).toBe(`$${total.toFixed(2)}`);
    expect(await faults(page)).toEqual([]);
  });
});
