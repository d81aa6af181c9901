import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { faults } from './support/axe';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { synthesizePlainApi } from '../../harness/example';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { startLocal, type Local } from '../../local';

describeWithChromium('the inspector of the local runner', () => {
  let scratch: Scratch;
  let browser: Browser;
  let local: Local;
  let clients: Client[];
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    scratch = scratchFolder();
    synthesizePlainApi(join(scratch.path, 'cdk.out'));
    local = await startLocal({ assembly: join(scratch.path, 'cdk.out'), inspector: true, serve: scratch.path });
    browser = await launchChromium();
  }, 60_000);

  beforeEach(async () => {
    clients = [await Client.open(local.url), await Client.open(local.url)];
    page = await browser.newPage();
    complaints = [];
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(local.inspector!);
    await page.locator('#connection-list li').nth(1).waitFor();
  });

  afterEach(async () => {
    await page.close();
    await Promise.all(clients.map((client) => client.close()));
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
    scratch?.remove();
  });

  function messages(): Promise<string[]> {
    return page.locator('#message-list pre').allTextContents();
  }

  test('shows who is connected, and messages as they pass, as text', async () => {
    const markup = '<img src=x onerror="document.title=1">';
    clients[0].send(markup);
    await page.locator('#message-list .out', { hasText: '2 connections' }).last().waitFor();
    expect(await messages()).toContain(markup);
    expect(await page.locator('#connection-count').textContent()).toBe('2');
    expect(await page.locator('#messages img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('sends to everybody, and to one, by keyboard alone', async () => {
    await page.getByLabel('as', { exact: true }).selectOption('raw');
    const both = clients.map((client) => client.frame((frame) => frame === 'to all'));
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.type('to all');
    await page.keyboard.press('Enter');
    expect(await Promise.all(both)).toEqual(['to all', 'to all']);
    await page.getByText('Sent to 2').waitFor();

    const first = page.locator('#connection-list .pick').first();
    await first.focus();
    await page.keyboard.press('Enter');
    expect(await first.getAttribute('aria-pressed')).toBe('true');
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.type('to one');
    await page.keyboard.press('Enter');
    await page.getByText('Sent to 1').waitFor();
    await page.locator('#message-list .out', { hasText: 'to one' }).waitFor();
    expect(clients.map((client) => client.frames.filter((frame) => frame === 'to one').length).sort()).toEqual([0, 1]);
    expect(complaints).toEqual([]);
  });

  test('publishes as a backend of the app does, unless told otherwise', async () => {
    const both = clients.map((client) => client.frame((frame) => frame.includes('to clients of the app')));
    await page.getByLabel('Message', { exact: true }).fill('to clients of the app');
    await page.keyboard.press('Enter');
    const frames = (await Promise.all(both)).map((frame) => JSON.parse(frame) as object);
    expect(frames).toEqual(Array(2).fill({ type: 'message', id: expect.any(String), sentAt: expect.any(Number), message: 'to clients of the app' }));
    await page.getByText('Sent to 2').waitFor();
  });

  test('shows JSON as JSON, also inside a text, and times in words', async () => {
    clients[0].send(JSON.stringify({ at: Date.now(), inner: '{"quoted":"\\"yes\\""}', long: 'x'.repeat(80) }));
    const shown = await page.locator('#message-list .in pre', { hasText: 'quoted' }).last().textContent();
    expect(shown).toMatch(/^\{\n {2}"at": \d{13} \d\d:\d\d:\d\d,\n {2}"inner": text of \{ "quoted": "\\"yes\\"" \},\n {2}"long": "x+"\n\}$/);
  });

  test('keeps metrics apart from events', async () => {
    clients[0].send('counted');
    await page.getByRole('tab', { name: 'Metrics' }).click();
    await page.locator('#metric-table tbody tr', { hasText: 'Recipients' }).waitFor();
    await page.getByRole('tab', { name: 'Events' }).click();
    expect(await page.locator('#event-list').textContent()).not.toContain('_aws');
  });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test.each([320, 390, 768, 1280])('passes axe at %i px, and its composer is within reach', async (width) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 640 });
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click();
        expect(await faults(page)).toEqual([]);
        const { y, height } = (await page.getByRole('button', { name: 'Send', exact: true }).boundingBox())!;
        expect(y + height).toBeLessThanOrEqual(640);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
      expect(complaints).toEqual([]);
    });
  });

  test('disconnects a connection, whose row is then deleted', async () => {
    await page.getByRole('tab', { name: 'Messages' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'Tables' }).getAttribute('aria-selected')).toBe('true');
    await page.locator('#row-table tbody tr').nth(1).waitFor();
    expect(await page.locator('#row-table th').first().textContent()).toBe('connectionId');

    await page.getByRole('button', { name: /^Disconnect / }).first().click();
    await page.getByText('1', { exact: true }).and(page.locator('#connection-count')).waitFor();
    for (let attempt = 0; attempt < 50 && await page.locator('#row-table tbody tr').count() > 1; attempt++) {
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.waitForTimeout(50);
    }
    expect(await page.locator('#row-table tbody tr').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('neither the page that is served beside the API nor a foreign one can read or send', async () => {
    for (const origin of [new URL(local.page!).origin, 'http://localhost:1', 'http://evil.example']) {
      const foreign = await browser.newPage();
      await foreign.route(`${origin}/**`, (route) => route.fulfill({ contentType: 'text/html', body: 'a page' }));
      await foreign.goto(`${origin}/`);
      const outcomes = await foreign.evaluate(async (inspector) => {
        const attempt = async (path: string, init?: RequestInit) => fetch(new URL(path, inspector), init).then((response) => response.text(), () => 'failed');
        const body = '{"text":"evil"}';
        return Promise.all([
          attempt('/feed'),
          attempt('/rows?table=x'),
          attempt('/send', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }),
          attempt('/send', { method: 'POST', body, mode: 'no-cors' }),
          new Promise((resolve) => {
            const stream = new EventSource(new URL('/feed', inspector));
            stream.onmessage = () => resolve('read');
            stream.onerror = () => resolve('failed');
          }),
        ]);
      }, local.inspector!);
      expect(outcomes).toEqual(['failed', 'failed', 'failed', 'failed', 'failed']);
      await foreign.close();
    }
    await page.waitForTimeout(300);
    expect(await messages()).not.toContain('evil');
  });
});
