import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContextOptions } from 'playwright-core';
import { faults } from './support/axe';
import { ChatStage } from './support/chat-stage';
import type { ChatWindow } from './support/chat-window';
import { describeWithChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { synthesizeExample } from '../../harness/example';

const SECRET = 'The cake is in the fridge';

describeWithChromium('the chat, with rooms and direct messages', () => {
  let stage: ChatStage;
  let clients: Client[] = [];

  beforeAll(async () => {
    stage = await ChatStage.start((outdir) => synthesizeExample('chat', outdir));
  }, 90_000);

  // A new runner has no messages.
  beforeEach(() => stage.serve(), 60_000);

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
    await stage.leave();
  });

  afterAll(() => stage?.stop());

  async function open(name: string, options?: BrowserContextOptions, hash = ''): Promise<ChatWindow> {
    const window = await stage.blankWindow(options);
    await window.page.goto(`${stage.local.page!}&name=${encodeURIComponent(name)}${hash}`);
    await window.state('Connected');
    if (!hash) await window.isIn('Lobby');
    await window.canWrite();
    return window;
  }

  /** A client that knows the wire. Returns a function that sends actions. */
  async function asker(name: string) {
    const client = await Client.open(`${stage.local.url}?name=${name}`);
    clients.push(client);
    let refs = 0;
    return async (action: string, members: object): Promise<Record<string, unknown>> => {
      const ref = `r${++refs}`;
      client.send(JSON.stringify({ action, ref, ...members }));
      return JSON.parse(await client.frame((frame) => frame.includes(`"ref":"${ref}"`))) as Record<string, unknown>;
    };
  }

  test('people talk in a room; a reader of another room sees how much is unread, and finds the place when coming back', async () => {
    const [ann, bob, cid] = await Promise.all(['Ann', 'Bob', 'Cid'].map((name) => open(name)));
    await cid.enter('Help');
    await ann.say('Good morning');
    expect(await bob.arrived('Good morning')).toEqual({ name: 'Ann', own: false });
    await bob.say('Morning, Ann');
    expect(await ann.arrived('Morning, Ann')).toEqual({ name: 'Bob', own: false });
    await ann.page.getByText('Delivered', { exact: true }).first().waitFor({ state: 'attached' });

    await eventually(async () => await cid.unread('Lobby') === '2');
    expect(await cid.texts()).toEqual([]);
    expect(await cid.page.title()).toBe('(2) Broadcast chat');
    await cid.enter('Lobby');
    expect(await cid.texts()).toEqual(['Good morning', 'Morning, Ann']);
    expect(await cid.page.locator('.unread .text').allTextContents()).toEqual(['Good morning']);
    expect(await cid.unread('Lobby')).toBe('');
    expect(await cid.page.title()).toBe('Broadcast chat');
    expect(await ann.unread('Help')).toBe('');
    expect(stage.complaints()).toEqual([]);
  }, 60_000);

  test('a text that is typed before the rooms are loaded goes to the room, and not to everybody', async () => {
    stage.local.setFaults(['latency=3s']);
    const ann = await stage.blankWindow();
    const sent: string[] = [];
    ann.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))));
    await ann.page.goto(`${stage.local.page!}&name=Ann`);
    await ann.state('Connected');
    await ann.text.fill('Too early');
    await ann.text.press('Enter');
    expect(await ann.button('Send').isDisabled()).toBe(true);
    stage.local.setFaults([]);
    await ann.isIn('Lobby');
    expect(await ann.text.inputValue()).toBe('Too early');
    await ann.text.press('Enter');
    expect(await ann.arrived('Too early')).toEqual({ name: 'You', own: true });
    expect(sent.filter((frame) => frame.includes('Too early')).map((frame) => (JSON.parse(frame) as { channel?: string }).channel)).toEqual(['room:lobby']);
    expect(await ann.entry('Announcements').count()).toBe(0);
    expect(stage.complaints()).toEqual([]);
  }, 60_000);

  test('a direct message reaches the other person in all windows and after a reload, and nobody else', async () => {
    const [ann, bob, cid] = await Promise.all(['Ann', 'Bob', 'Cid'].map((name) => open(name)));
    const heard: string[] = [];
    const overhear = await asker('Eve');
    cid.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(String(payload))));
    await cid.page.reload();
    await cid.isIn('Lobby');

    await ann.sees('Ann', 'Bob', 'Cid');
    await ann.writeTo('Bob');
    await ann.say(SECRET);
    await ann.page.getByText('Delivered', { exact: true }).waitFor();
    await eventually(async () => await bob.unread('Ann') === '1');
    await bob.enter('Ann');
    expect(await bob.arrived(SECRET)).toEqual({ name: 'Ann', own: false });
    await bob.say('Good. Do not tell Cid.');
    expect(await ann.arrived('Good. Do not tell Cid.')).toEqual({ name: 'Bob', own: false });
    expect(await ann.arrived(SECRET)).toEqual({ name: 'You', own: true });

    const annToo = await open('Ann', undefined, '#dm%3ABob');
    await annToo.isIn('Bob');
    await ann.page.reload();
    await ann.isIn('Bob');
    for (const window of [ann, annToo]) {
      await window.arrived('Good. Do not tell Cid.');
      expect(await window.texts()).toEqual([SECRET, 'Good. Do not tell Cid.']);
      expect(await window.arrived(SECRET)).toEqual({ name: 'You', own: true });
    }

    for (const channel of ['user:Bob', 'user:Ann']) {
      expect(await overhear('subscribe', { channel })).toMatchObject({ type: 'error', code: 'forbidden' });
      expect(await overhear('history', { channel, limit: 100 })).toMatchObject({ type: 'error', code: 'not_subscribed' });
    }
    // The last message in the lobby comes after all earlier ones.
    await bob.enter('Lobby');
    await bob.say('the end');
    await cid.arrived('the end');
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.join()).not.toContain('cake');
    expect(await cid.page.locator('#direct a').count()).toBe(0);
    expect(stage.complaints()).toEqual([]);
  }, 60_000);

  test('a person who was away finds direct messages; they stay unread until they are read, also over a reload', async () => {
    const ann = await open('Ann', undefined, '#dm%3ABob');
    await ann.isIn('Bob');
    for (const text of ['one.', 'two.']) await ann.say(text); // The second does not overtake the first.
    await ann.page.getByText('Bob is away, and gets it later.').last().waitFor();

    const bob = await open('Bob');
    await eventually(async () => await bob.unread('Ann') === '2');
    await bob.page.reload();
    await eventually(async () => await bob.unread('Ann') === '2');
    await bob.enter('Ann');
    expect(await bob.texts()).toEqual(['one.', 'two.']);
    await bob.page.reload();
    await bob.isIn('Ann');
    await bob.arrived('two.');
    expect(await bob.unread('Ann')).toBe('');
    await bob.enter('Lobby');
    await ann.say('three.');
    await eventually(async () => await bob.unread('Ann') === '1');
  }, 60_000);

  test('nobody is shown under the name of somebody else, whatever a client sends', async () => {
    const bob = await open('Bob');
    const mallory = await asker('Mallory');
    await mallory('subscribe', { channel: 'room:lobby' });
    await mallory('publish', { channel: 'room:lobby', message: JSON.stringify({ name: 'Ann', text: 'I am Ann' }) });
    expect(await bob.arrived('I am Ann')).toEqual({ name: 'Mallory', own: false });
    await mallory('publish', { channel: 'user:Bob', message: JSON.stringify({ name: 'Ann', to: 'Ann', text: 'I am Ann, too' }) });
    await bob.entry('Mallory').waitFor();
    expect(await bob.page.locator('#direct a').count()).toBe(1);
    await bob.enter('Mallory');
    expect(await bob.arrived('I am Ann, too')).toEqual({ name: 'Mallory', own: false });
    expect(await Client.refusal(`${stage.local.url}?name=Ann%E2%80%8B`)).toBe(403);
    expect(await Client.refusal(stage.local.url)).toBe(401);
  }, 60_000);

  test('a room is opened by its name, found by others, left, and kept over a reload', async () => {
    const ann = await open('Ann');
    await ann.openRoom('!');
    await ann.page.getByText('Use letters from a to z').waitFor();
    await ann.openRoom('Garden party');
    await ann.isIn('garden-party');
    await ann.say('Bring chairs');
    const bob = await open('Bob', undefined, '#room%3Agarden-party');
    await bob.isIn('garden-party');
    await bob.arrived('Bring chairs');
    await ann.sees('Ann', 'Bob');

    await bob.button('Leave').click();
    await bob.isIn('Lobby');
    await bob.entry('garden-party').waitFor({ state: 'detached' });
    await ann.sees('Ann');
    await ann.page.reload();
    await ann.isIn('garden-party');
    await ann.arrived('Bring chairs');
    await ann.page.goBack();
    await ann.isIn('Lobby');
    expect(stage.complaints()).toEqual([]);
  }, 60_000);

  test('a new user sees the latest messages, and older ones on request', async () => {
    const say = await asker('Ann');
    await say('subscribe', { channel: 'room:lobby' });
    const said = Array.from({ length: 120 }, (_, n) => `message ${n}.`);
    for (const message of said) {
      while ((await say('publish', { channel: 'room:lobby', message })).type !== 'ack') await sleep(100); // Limit of its rate.
    }
    const bob = await open('Bob');
    await bob.arrived('message 119.');
    expect(await bob.texts()).toEqual(said.slice(-50));
    expect(await bob.page.getByText('It is quiet in here').isVisible()).toBe(false);
    for (const length of [100, 120]) {
      await bob.button('Show older messages').click();
      await eventually(async () => (await bob.texts()).length === length);
      expect(await bob.texts()).toEqual(said.slice(-length));
    }
    await bob.button('Show older messages').waitFor({ state: 'hidden' });
  }, 60_000);

  test('a text that cannot be sent stays in its field; a refused message shows the reason, and stays at the end until it is discarded', async () => {
    const [ann, bob] = await Promise.all(['Ann', 'Bob'].map((name) => open(name)));
    await stage.local.stop();
    await ann.state('Reconnecting');
    await ann.text.fill('typed while away');
    await ann.text.press('Enter');
    expect([await ann.text.inputValue(), await ann.texts()]).toEqual(['typed while away', []]);
    await stage.serveAgain();
    await Promise.all([ann, bob].map((window) => window.state('Connected')));
    await ann.text.press('Enter');
    await bob.arrived('typed while away');

    const long = '\u0001'.repeat(4_000); // Each is seven characters on its way.
    await ann.say(long);
    await ann.page.getByText('Not sent: it is too long.').waitFor();
    await bob.say('hello');
    await ann.arrived('hello');
    expect(await ann.texts()).toEqual(['typed while away', 'hello', long]);
    expect(await ann.entry('Lobby').getAttribute('title')).toBe('A message was not sent');
    await ann.button('Discard').click();
    expect(await ann.texts()).toEqual(['typed while away', 'hello']);
    expect(await ann.entry('Lobby').getAttribute('title')).toBe('');
  }, 60_000);

  test('a user who changes the name becomes another user', async () => {
    const [ann, bob] = await Promise.all(['Ann', 'Bob'].map((name) => open(name)));
    await ann.name.fill('Anna');
    await ann.name.press('Enter');
    await ann.isIn('Lobby');
    await ann.say('It is me');
    expect(await bob.arrived('It is me')).toEqual({ name: 'Anna', own: false });
  }, 60_000);

  const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
    ['light', { viewport: { width: 1280, height: 800 } }],
    ['dark', { viewport: { width: 900, height: 700 }, colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true }],
    ['dark on a phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' }],
  ];

  test('passes axe, and fits the screen: light, dark, and on a phone', async () => {
    const bob = await open('B'.repeat(40));
    await bob.say('w'.repeat(300));
    await bob.arrived('w'.repeat(300));
    await bob.page.goto(`${bob.page.url().split('#')[0]}#dm%3AAnn`);
    await bob.say('hello');
    for (const [look, options] of LOOKS) {
      const ann = await open('Ann', options);
      const { page } = ann;
      const wrong = async () => [look, await faults(page), await page.evaluate(() => [...document.querySelectorAll('body *')]
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80)))];
      const nothing = [look, [], []];
      await ann.arrived('w'.repeat(300));
      await ann.say(`See https://example.com/, ${look}`);
      await ann.arrived(`See https://example.com/, ${look}`);
      await page.locator('#direct .badge').waitFor({ state: 'attached' });
      await page.locator('#members li').nth(1).waitFor({ state: 'attached', timeout: 30_000 });
      expect(await wrong()).toEqual(nothing);
      if (await page.locator('#show-people').isVisible()) {
        await page.locator('#show-people').click();
        expect(await wrong()).toEqual(nothing);
        await page.getByRole('button', { name: 'Close the list' }).click();
      }
      if (await page.locator('#back').isVisible()) {
        await page.locator('#back').click();
        await ann.openRoom('?');
        expect(await wrong()).toEqual(nothing);
      }
      await ann.entry('B'.repeat(40)).click();
      await ann.arrived('hello');
      expect(await wrong()).toEqual(nothing);
      await ann.close();
    }
  }, 120_000);
});
