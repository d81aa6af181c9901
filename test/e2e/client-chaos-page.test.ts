import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import WebSocket from 'ws';
import { BundledPage } from './support/bundled-page';
import { CALM_TIMES, Chaos, CHAOS_TIME_SCALE, CHAOS_TIMES, expectPublishedOnce, historyOf, onceEach, outcomeOf, triple, type Outcome } from './support/chaos';
import type { Tab, TabState } from './support/chaos-page';
import { Network } from './support/network';
import { connect, type BroadcastClient } from '../../client/src/broadcast-client';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { MessageFormat, MessageRateLimit } from '../../src';
import { Random } from '../lambda-src/core/simulation/random';

/* Two tabs of a browser, each with a position of its own in the storage that they share, while all that can go wrong does. */

const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
const ROUNDS = 18;
const NAMES = ['first', 'second'];
const THE_END = 'the end';

type Global = { readonly tab: Tab };

describeWithChromium('tabs in trouble', () => {
  let served: Served<'Api'>;
  let browser: Browser;
  let site: BundledPage;
  let context: BrowserContext;
  let network: Network;
  let speaker: BroadcastClient;
  let random: Random;

  beforeAll(async () => {
    const props = { messageFormat: MessageFormat.ENVELOPE, history: {}, messageRateLimit: MessageRateLimit.unlimited() };
    served = await Served.start({ Api: () => props }, undefined, { timeScale: CHAOS_TIME_SCALE });
    [browser, site] = await Promise.all([launchChromium(), BundledPage.serve('chaos-page')]);
  }, 90_000);

  beforeEach(async () => {
    console.info(`CHAOS_SEED=${seed}`);
    random = new Random(seed);
    network = await Network.to(served.url('Api'));
    context = await browser.newContext();
    speaker = connect({ url: served.url('Api'), WebSocket, timing: CALM_TIMES });
  });

  afterEach(async () => {
    speaker?.close();
    await context?.close();
    await network?.stop();
  });

  afterAll(async () => {
    await Promise.all([browser?.close(), site?.stop(), served?.stop()]);
  });

  async function load(page: Page, name: string): Promise<void> {
    await page.goto(site.url);
    const options = { url: network.url, timing: CHAOS_TIMES };
    await page.evaluate((given) => (window as unknown as Global).tab.begin(...given), [name, options] as const);
  }

  const read = (page: Page): Promise<TabState> => page.evaluate(() => (window as unknown as Global).tab.read());
  const isOpen = async (page: Page) => (await read(page)).state === 'open';

  test('each gets every message once and in order, despite sleep, changed clocks, lost connections and reloads', async () => {
    const chaos = new Chaos(random, network);
    const tabs = await Promise.all(NAMES.map(async (name) => {
      const page = await context.newPage();
      await load(page, name);
      await eventually(() => isOpen(page));
      return { page, name, session: await context.newCDPSession(page) };
    }));
    const said: Outcome[] = [];
    const speak = async (count: number) => {
      for (let nth = 0; nth < count; nth++) {
        const text = `speaker ${said.length}`;
        said.push(await outcomeOf(text, speaker.send(text)));
      }
    };

    for (let round = 0; round < ROUNDS; round++) {
      for (const { page, name } of tabs) await page.evaluate((text) => (window as unknown as Global).tab.say(text), `${name} ${round}`);
      const { page, name, session } = random.pick(tabs);
      await [
        () => chaos.strike(),
        () => chaos.strike(),
        () => chaos.restart(),
        () => page.evaluate((hours) => (window as unknown as Global).tab.jump(hours), random.integer(-12, 12)),
        () => asleep(session, () => speak(random.integer(5, 10))),
        async () => {
          // A client that was never let in ends after five attempts, as it should.
          network.refuseNoMore();
          await load(page, name);
          await eventually(() => isOpen(page));
        },
      ][round % 6]();
      await speak(random.integer(1, 3));
    }
    for (const { page } of tabs) await eventually(async () => (await read(page)).waiting === 0);
    await speaker.send(THE_END);
    const states = await Promise.all(tabs.map(({ page }) => eventually(async () => {
      const state = await read(page);
      return state.messages.at(-1)?.message === THE_END && state;
    })));

    const history = await historyOf(speaker);
    for (const { messages, gaps } of states) {
      expect(messages.map(triple)).toEqual(onceEach(history).map(triple));
      expect(gaps).toBe(0);
    }
    const outcomes = states.flatMap((state) => Object.entries(state.outcomes).map(([text, outcome]) => ({ text, ...outcome })));
    expectPublishedOnce(history, [...outcomes, ...said]);
    expect([...outcomes, ...said].filter(({ error }) => error)).toEqual([]);
  }, 60_000);
});

/** The tab stands still in the middle of its next step, for as long as something else takes. */
async function asleep(session: CDPSession, meanwhile: () => Promise<void>): Promise<void> {
  await session.send('Debugger.enable');
  const paused = new Promise((resolve) => session.once('Debugger.paused', resolve));
  await session.send('Debugger.pause');
  await paused;
  await meanwhile();
  await session.send('Debugger.resume');
  await session.send('Debugger.disable');
}
