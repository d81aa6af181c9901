import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { buildPage, synthesizeChat } from './support/chat-app';
import { ChatWindow } from './support/chat-window';
import { describeWithChromium, launchChromium } from './support/chromium';
import { Client } from './support/client';
import { scratchFolder, type Scratch } from './support/scratch';
import { startLocal, type Local } from '../../local';

describeWithChromium('the chat in a browser', () => {
  let scratch: Scratch;
  let local: Local;
  let browser: Browser;
  let windows: ChatWindow[] = [];

  beforeAll(async () => {
    scratch = scratchFolder();
    await Promise.all([synthesizeChat(join(scratch.path, 'cdk.out')), buildPage(join(scratch.path, 'web'))]);
    browser = await launchChromium();
    local = await start(0);
  }, 90_000);

  afterEach(async () => {
    await Promise.all(windows.map((window) => window.close()));
    windows = [];
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
    scratch?.remove();
  });

  function start(port: number): Promise<Local> {
    return startLocal({ assembly: join(scratch.path, 'cdk.out'), port, serve: join(scratch.path, 'web') });
  }

  async function blankWindow(): Promise<ChatWindow> {
    const window = await ChatWindow.blank(browser);
    windows.push(window);
    return window;
  }

  async function openChat(name?: string): Promise<ChatWindow> {
    return (await blankWindow()).open(local.page!, name);
  }

  function complaints(): string[] {
    return windows.flatMap((window) => window.complaints);
  }

  test('carries what two people say to both, once, in one order, and shows who speaks', async () => {
    const [ann, bob] = await Promise.all([openChat('Ann'), openChat('Bob')]);

    await ann.say('Good morning');
    expect(await bob.arrived('Good morning')).toEqual({ name: 'Ann', own: false });
    await bob.say('Morning, Ann');
    expect(await ann.arrived('Morning, Ann')).toEqual({ name: 'Bob', own: false });
    expect(await ann.arrived('Good morning')).toEqual({ name: 'You', own: true });
    expect(await bob.arrived('Morning, Ann')).toEqual({ name: 'You', own: true });

    expect(await ann.texts()).toEqual(['Good morning', 'Morning, Ann']);
    expect(await bob.texts()).toEqual(await ann.texts());
    expect(complaints()).toEqual([]);
  });

  test('shows markup as text', async () => {
    const [ann, bob] = await Promise.all([openChat('<b>Ann</b>'), openChat('Bob')]);
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>&amp;';

    await ann.say(markup);

    expect(await bob.arrived(markup)).toEqual({ name: '<b>Ann</b>', own: false });
    expect(await bob.page.locator('#log').locator('img, script, .name b').count()).toBe(0);
    expect(await bob.page.title()).toBe('Broadcast chat');
    expect(complaints()).toEqual([]);
  });

  test('lets somebody at a terminal join', async () => {
    const ann = await openChat('Ann');
    const terminal = await Client.open(local.apis[0].url);
    try {
      terminal.send('hello from a terminal');
      expect(await ann.arrived('hello from a terminal')).toEqual({ name: expect.stringMatching(/^guest .+/), own: false });

      await ann.say('Hello, terminal');
      expect(await terminal.frame((frame) => frame.includes('Hello, terminal'))).toContain('Ann');
    } finally {
      await terminal.close();
    }
  });

  test('sends a heartbeat within nine minutes, which nobody sees', async () => {
    const bob = await openChat('Bob');
    const ann = await blankWindow();
    const sent: string[] = [];
    const answer = ann.page.waitForEvent('websocket').then((socket) => {
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
      return socket.waitForEvent('framereceived');
    });
    await ann.page.clock.install();
    await ann.open(local.page!);

    await ann.page.clock.fastForward('07:55');
    expect(sent).toEqual([]);
    await ann.page.clock.fastForward('01:05');
    expect((await answer).payload).toBe('{"action":"pong"}');
    await ann.say('the end');
    await bob.arrived('the end');

    expect(sent).toEqual(['{"action":"ping"}', expect.stringContaining('the end')]);
    expect(await ann.texts()).toEqual(['the end']);
    expect(await bob.texts()).toEqual(['the end']);
  });

  test('connects again when the API has come back', async () => {
    const [ann, bob] = await Promise.all([openChat('Ann'), openChat('Bob')]);
    const port = Number(new URL(local.page!).port);

    await local.stop();
    await Promise.all([ann, bob].map((window) => window.state('Reconnecting')));
    await ann.text.fill('typed while away');
    expect(await ann.button('Send').isDisabled()).toBe(true);
    local = await start(port);
    await ann.button('Now').click();
    await Promise.all([ann, bob].map((window) => window.state('Connected')));
    await ann.button('Send').click();

    expect(await bob.arrived('typed while away')).toEqual({ name: 'Ann', own: false });
    await bob.page.getByText('Connected again').waitFor();
  }, 60_000);
});
