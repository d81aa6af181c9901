import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { faults } from './support/axe';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { buildPage, synthesizeExample } from '../../harness/example';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { startLocal, type Local } from '../../local';

/** A minute becomes a second. */
const TIME_SCALE = 60;

describeWithChromium('the dashboard in a browser', () => {
  let scratch: Scratch;
  let local: Local;
  let browser: Browser;
  let pages: Page[] = [];
  let complaints: string[] = [];

  beforeAll(async () => {
    scratch = scratchFolder();
    await Promise.all([synthesizeExample('dashboard', join(scratch.path, 'cdk.out')), buildPage('dashboard', join(scratch.path, 'web'))]);
    browser = await launchChromium();
    local = await startLocal({ assembly: join(scratch.path, 'cdk.out'), serve: join(scratch.path, 'web'), timeScale: TIME_SCALE });
  }, 90_000);

  afterEach(async () => {
    await Promise.all(pages.map((page) => page.context().close()));
    [pages, complaints] = [[], []];
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
    scratch?.remove();
  });

  async function open(options?: BrowserContextOptions): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    pages.push(page);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(local.page!);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    return page;
  }

  const value = (page: Page, card: string) => page.locator(`#${card} .value`);

  test('values of one measurement arrive in one frame, as pages draw them', async () => {
    const watcher = await Client.open(local.apis[0].url);
    try {
      const frame = JSON.parse(await watcher.frame((text) => text.startsWith('{"type":"messages"'))) as { messages: { sentAt: number; message: string }[] };
      const measured = frame.messages.map(({ message }) => JSON.parse(message) as { metric: string; value: number });
      const times = new Set(frame.messages.map(({ sentAt }) => sentAt));
      expect(new Set(measured.map(({ metric }) => metric))).toEqual(new Set(['watching', 'load', 'memory']));
      expect(measured.every((each) => Number.isFinite(each.value))).toBe(true);
      expect(frame.messages).toHaveLength(3 * times.size);
    } finally {
      await watcher.close();
    }
  }, 60_000);

  test('draws what the backend measures, on every open page, as it is published', async () => {
    const first = await open();
    await value(first, 'watching').filter({ hasText: /^1$/ }).waitFor();
    const second = await open();
    for (const page of [first, second]) await value(page, 'watching').filter({ hasText: /^2$/ }).waitFor();

    for (const card of ['watching', 'load', 'memory']) {
      await first.locator(`#${card} .chart .line`).waitFor({ state: 'attached' });
      expect(await value(first, card).textContent()).toMatch(/^[\d.,]+$/);
    }
    expect(await first.getByRole('img', { name: /^Watching, open pages: \d+ readings, now 2, highest 2$/ }).count()).toBe(1);
    await second.context().close();
    pages = [first];
    await value(first, 'watching').filter({ hasText: /^1$/ }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  test('a new tab shows the last readings at once, those from before it was opened', async () => {
    const asker = await Client.open(local.apis[0].url);
    await eventually(async () => {
      const ref = `r${asker.frames.length}`;
      asker.send(JSON.stringify({ action: 'history', ref }));
      return (JSON.parse(await asker.frame((frame) => frame.includes(`"ref":"${ref}"`))) as { position: number }).position >= 15;
    }, 30_000);
    await asker.close();

    const page = await (await browser.newContext()).newPage();
    pages.push(page);
    await page.addInitScript(() => {
      addEventListener('DOMContentLoaded', () => {
        const body = document.querySelector('tbody')!;
        const shown = globalThis as { first?: number };
        new MutationObserver(() => {
          shown.first ??= body.childElementCount;
        }).observe(body, { childList: true });
      });
    });
    await page.goto(local.page!);
    await page.locator('tbody tr').first().waitFor({ state: 'attached' });
    expect(await page.evaluate(() => (globalThis as { first?: number }).first)).toBeGreaterThanOrEqual(5);
  }, 60_000);

  test('accepts no reading from a client', async () => {
    const page = await open();
    const forger = await Client.open(local.apis[0].url);
    try {
      forger.send(JSON.stringify({ metric: 'watching', value: 1e6 }));
      await forger.frame((frame) => frame.includes('"message": "Forbidden"'));
      await page.locator('tbody tr').nth(2).waitFor({ state: 'attached' });

      expect(await page.locator('tbody').textContent()).not.toContain('1,000,000');
      expect(forger.frames.join()).not.toContain('1000000');
    } finally {
      await forger.close();
    }
  }, 60_000);

  test.each([['light', {}], ['dark, on a phone', { colorScheme: 'dark' as const, viewport: { width: 360, height: 800 } }]])(
    'has no fault that axe knows of, %s', async (_, options) => {
      const page = await open(options);
      await page.locator('#load .chart .line').waitFor({ state: 'attached' });
      await page.getByText('The readings as a table').click();

      expect(await faults(page)).toEqual([]);
    }, 60_000);
});
