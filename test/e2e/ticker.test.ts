import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ChatWindow } from './support/chat-window';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { buildPage, synthesizeExample } from '../../harness/example';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { startLocal, type Local } from '../../local';

let scratch: Scratch;
let local: Local;

beforeAll(async () => {
  scratch = scratchFolder();
  const [assembly, web] = [join(scratch.path, 'cdk.out'), join(scratch.path, 'web')];
  await Promise.all([synthesizeExample('chat', assembly, { TICKER: 'on' }), buildPage('chat', web)]);
  // Its minute lasts two seconds.
  local = await startLocal({ assembly, serve: web, timeScale: 30 });
}, 90_000);

afterAll(async () => {
  await local?.stop();
  scratch?.remove();
});

test('the ticker of the chat, a backend, reaches everybody who is connected', async () => {
  const clients = await Promise.all(['Ann', 'Bob'].map((name) => Client.open(`${local.apis[0].url}?name=${name}`)));
  try {
    const frames = await Promise.all(clients.map((client) => client.frame((frame) => frame.includes('ticker'))));
    expect(frames[0]).toBe(frames[1]);
    const envelope = JSON.parse(frames[0]);
    expect(envelope).toEqual({ type: 'message', id: expect.any(String), sentAt: expect.any(Number), message: expect.any(String), position: expect.any(Number) });
    expect(JSON.parse(envelope.message)).toEqual({ name: 'ticker', text: expect.stringMatching(/^It is \d\d:\d\d UTC$/) });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}, 60_000);

describeWithChromium('the ticker in browsers', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 30_000);

  afterAll(() => browser?.close());

  test('speaks to everybody who has the chat open, in a conversation where nobody else does', async () => {
    const windows = await Promise.all([ChatWindow.blank(browser), ChatWindow.blank(browser)]);
    try {
      const [ann, bob] = windows;
      await Promise.all([ann.open(local.page!, 'Ann'), bob.open(local.page!, 'Bob')]);
      await Promise.all(windows.map((window) => window.isIn('Lobby')));
      await ann.say('What time is it?');
      expect(await bob.arrived('What time is it?')).toEqual({ name: 'Ann', own: false });
      await ann.entry('Announcements').locator('.badge').waitFor();
      await Promise.all(windows.map((window) => window.enter('Announcements')));
      const ticks = windows.map(({ page }) => page.locator('.message', { hasText: /It is \d\d:\d\d UTC/ }));
      for (const tick of ticks) {
        await tick.first().waitFor();
        expect(await tick.first().locator('.name').textContent()).toBe('ticker');
      }
      await ann.page.getByText('Only backends write here.').waitFor();
      expect(await ann.text.isVisible()).toBe(false);
      const before = await ticks[1].count();
      await ticks[1].nth(before).waitFor();
      expect(windows.flatMap(({ complaints }) => complaints)).toEqual([]);
    } finally {
      await Promise.all(windows.map((window) => window.close()));
    }
  }, 60_000);
});
