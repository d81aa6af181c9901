import { setTimeout as sleep } from 'node:timers/promises';
import { ChatStage } from './support/chat-stage';
import type { ChatWindow } from './support/chat-window';
import { describeWithChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { synthesizeExample } from '../../harness/example';

/** Ten idle minutes of API Gateway become 8 seconds. */
const TIME_SCALE = 75;

describeWithChromium('the list of people in a room of the chat', () => {
  let stage: ChatStage;
  let letters: NodeJS.Timeout | undefined;
  let postman: Client | undefined;

  beforeAll(async () => {
    stage = await ChatStage.start((outdir) => synthesizeExample('chat', outdir));
  }, 90_000);

  afterEach(async () => {
    clearInterval(letters);
    postman?.kill();
    await stage.leave();
  });

  afterAll(() => stage?.stop());

  async function open(name: string, prepare: (window: ChatWindow) => Promise<void> = async () => undefined): Promise<ChatWindow> {
    const window = await stage.blankWindow();
    await prepare(window);
    await window.open(stage.local.page!, name);
    await window.isIn('Lobby');
    return window;
  }

  /**
   * Stops the page's scripts, as on a phone in a pocket, while its connection stays. A page under test cannot be frozen, so its scripts are
   * held. Returns the function that resumes them.
   */
  async function holdScripts({ context, page }: ChatWindow): Promise<() => Promise<void>> {
    const devTools = await context.newCDPSession(page);
    await devTools.send('Debugger.enable');
    await devTools.send('Debugger.pause');
    return () => devTools.detach();
  }

  /** A network as in a tunnel: frames of one side do not reach the other, and no new connection opens. */
  function network(): { isCut: boolean; lead(window: ChatWindow): Promise<void> } {
    const state = {
      isCut: false,
      lead: ({ page }: ChatWindow) => page.routeWebSocket(/^ws:/, (socket) => {
        if (state.isCut) return void socket.close();
        const server = socket.connectToServer();
        socket.onMessage((data) => state.isCut || server.send(data));
        server.onMessage((data) => state.isCut || socket.send(data));
      }),
    };
    return state;
  }

  /** Writes to these users now and then, so that their connections are not idle. */
  async function write(...names: string[]): Promise<void> {
    postman = await Client.open(`${stage.local.url}?name=Postman`);
    letters = setInterval(() => {
      for (const name of names) postman!.send(JSON.stringify({ action: 'publish', ref: name, channel: `user:${name}`, message: 'a letter' }));
    }, 2_500);
  }

  test('is right in two browsers after others close their tab, sleep or lose their network, and when they are back', async () => {
    await stage.serve({ timeScale: TIME_SCALE });
    const ofEve = network();
    const [ann, bob, cid, dora] = await Promise.all(['Ann', 'Bob', 'Cid', 'Dora'].map((name) => open(name)));
    const eve = await open('Eve', ofEve.lead);
    await write('Ann', 'Bob');
    await Promise.all([ann, bob].map((window) => window.sees('Ann', 'Bob', 'Cid', 'Dora', 'Eve')));

    ofEve.isCut = true;
    const [, wake] = await Promise.all([cid.page.close(), holdScripts(dora), eve.context.setOffline(true)]);
    await Promise.all([ann, bob].map((window) => window.sees('Ann', 'Bob')));

    ofEve.isCut = false;
    await Promise.all([wake(), eve.context.setOffline(false)]);
    await Promise.all([ann, bob, dora, eve].map((window) => window.sees('Ann', 'Bob', 'Dora', 'Eve')));
    expect([ann, bob].flatMap(({ complaints }) => complaints)).toEqual([]);
  }, 240_000);

  test('does not change in two browsers when somebody\'s connection is replaced, and that person misses no message', async () => {
    await stage.serve();
    let opened = 0;
    const ann = await open('Ann', async ({ page }) => {
      page.on('websocket', () => opened++);
      await page.clock.install();
    });
    const [bob, cid] = [await open('Bob'), await open('Cid')];
    await Promise.all([ann, bob, cid].map((window) => window.sees('Ann', 'Bob', 'Cid')));
    for (const { page } of [bob, cid]) {
      await page.evaluate(() => {
        const seen = new Set<string>();
        Object.assign(globalThis, { seen });
        new MutationObserver(() => seen.add(document.getElementById('members')!.innerText)).observe(document.getElementById('members')!, { childList: true });
      });
    }

    for (let minutes = 0; opened < 2 && minutes < 120; minutes += 5) {
      await ann.page.clock.fastForward('05:00');
      await bob.say(`minute ${minutes}.`); // The answers to due heartbeats have time, and the connection is alive.
      await ann.arrived(`minute ${minutes}.`);
    }
    expect(opened).toBe(2);
    // It uses the new connection once that is in the room; the old one ends after a minute.
    await ann.say('from the new connection');
    await bob.arrived('from the new connection');
    await ann.page.clock.fastForward('01:05');
    await eventually(async () => {
      await ann.say('still here');
      return (await bob.page.locator('.message', { hasText: 'still here' }).count()) > 0;
    });
    // A user without a connection would leave the list after ten seconds.
    await sleep(14_000);
    for (const window of [bob, cid]) {
      await window.sees('Ann', 'Bob', 'Cid');
      expect(await window.page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen])).toEqual([]);
    }
    // Two hours in a few seconds are more heartbeats than a connection may send, but nothing shows an interruption.
    const notices = await ann.page.locator('.notice').allTextContents();
    expect(notices.filter((text) => !text.startsWith('a connection may send'))).toEqual([]);
  }, 120_000);
});
