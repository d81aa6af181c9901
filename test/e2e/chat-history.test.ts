import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { ChatWindow } from './support/chat-window';
import { HistoryServer } from './support/history-server';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { buildPage } from '../../harness/example';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { LAYER_ENV } from '../../src/private/layer-contract';

/** Length of a minute of retention or absence: five seconds. */
const MINUTE_MILLIS = 5_000;
const RETENTION_MINUTES = 4;

const pass = (minutes: number) => sleep(minutes * MINUTE_MILLIS);

describeWithChromium('the chat and its history', () => {
  let web: Scratch;
  let server: HistoryServer<'chat'>;
  let browser: Browser;
  let windows: ChatWindow[] = [];

  beforeAll(async () => {
    web = scratchFolder();
    await buildPage('chat', web.path);
    browser = await launchChromium();
  }, 60_000);

  beforeEach(async () => {
    const environment = { [LAYER_ENV.historyRetentionSeconds]: String(RETENTION_MINUTES * MINUTE_MILLIS / 1_000) };
    server = await HistoryServer.start({ chat: () => ({ environment }) }, web.path);
  }, 60_000);

  afterEach(async () => {
    await Promise.all(windows.map((window) => window.close()));
    windows = [];
    await server?.stop();
  });

  afterAll(async () => {
    await browser?.close();
    web?.remove();
  });

  async function open(name: string): Promise<ChatWindow> {
    const window = await ChatWindow.blank(browser);
    windows.push(window);
    return window.open(server.local.page!, name);
  }

  const fates = ({ page }: ChatWindow) => page.locator('.own').evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.fate));
  const notices = ({ page }: ChatWindow) => page.locator('.notice').allTextContents();

  test('shows the newest 50 messages after a reload, in order, and continues', async () => {
    const asking = await server.join('chat');
    for (let count = 1; count <= 60; count++) await asking.ask('publish', { message: `message ${count}.` });
    const ann = await open('Ann');
    await ann.arrived('message 60.');
    const expected = Array.from({ length: 50 }, (_, index) => `message ${index + 11}.`);
    expect(await ann.texts()).toEqual(expected);

    await ann.say('and I');
    await ann.arrived('and I');
    await ann.page.reload();
    await ann.arrived('and I');
    expect(await ann.texts()).toEqual([...expected.slice(1), 'and I']);
    expect(ann.complaints).toEqual([]);
  }, 60_000);

  test('shows a message as delivered when the API has it, before it comes back', async () => {
    const ann = await open('Ann');
    await ann.say('hello');
    await ann.page.getByText('Delivered', { exact: true }).waitFor();
    expect(await fates(ann)).toEqual(['sent']);
  }, 60_000);

  test('a user who is cut off for a minute gets every message once and in order; one who was away beyond the retention sees a notice', async () => {
    const [ann, bob] = [await open('Ann'), await open('Bob')];
    const said: string[] = [];
    const say = async (window: ChatWindow, text: string) => {
      said.push(text);
      await window.say(text);
      await window.arrived(text);
    };
    await say(ann, 'one.');
    await bob.arrived('one.');

    await bob.context.setOffline(true);
    for (const text of ['two.', 'three.', 'four.']) await say(ann, text);
    await pass(1);
    await say(ann, 'five.');
    await bob.context.setOffline(false);
    await bob.arrived('five.');
    await say(bob, 'six.');
    await ann.arrived('six.');
    for (const window of [ann, bob]) {
      expect(await window.texts()).toEqual(said);
      expect(await notices(window)).toEqual([]);
    }

    await bob.context.setOffline(true);
    await say(ann, 'seven.');
    await pass(RETENTION_MINUTES + 1);
    await say(ann, 'eight.');
    await bob.context.setOffline(false);
    await bob.arrived('eight.');
    await bob.page.getByText('Connected again. Messages in between were not kept.').waitFor();
    expect(await bob.texts()).toEqual([...said.slice(0, 6), 'eight.']);
    expect(await ann.texts()).toEqual(said);
    expect(await notices(ann)).toEqual([]);
  }, 180_000);

  test('a person with a plain WebSocket client can take part', async () => {
    const ann = await open('Ann');
    const terminal = await Client.open(server.local.apis[0].url);
    try {
      terminal.send('hello from a terminal');
      expect(await ann.arrived('hello from a terminal')).toEqual({ name: expect.stringMatching(/^guest .+/), own: false });
      await ann.say('Hello, terminal');
      expect(await terminal.frame((frame) => frame.includes('Hello, terminal'))).toContain('"position":2');
    } finally {
      await terminal.close();
    }
  }, 60_000);
});
