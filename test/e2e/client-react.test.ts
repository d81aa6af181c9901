import type { Browser, Page } from 'playwright-core';
import WebSocket from 'ws';
import { BundledPage } from './support/bundled-page';
import { Network } from './support/network';
import type { PageProps, ReactPage } from './support/react-page';
import { connect, TIMING, type BroadcastClient } from '../../client/src/broadcast-client';
import { describeWithChromium, launchChromium } from '../../harness/chromium';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { type BroadcastWebSocketApi, ChannelAccess, MessageFormat, MessageRateLimit } from '../../src';

/* The hooks in a React page in strict mode, which mounts each component twice; the API is the local runner's. */

const PATIENCE_MILLIS = 15_000;
const TIMES = {
  ...TIMING, firstDelay: 300, shortestDelay: 100, longestDelay: 500, heartbeat: 1_000, heartbeatJitter: 0, pongTimeout: 1_000, connectTimeout: 2_000,
};

describeWithChromium('the hooks for React', () => {
  let served: Served<'Api'>;
  let browser: Browser;
  let site: BundledPage;
  const networks: Network[] = [];
  let network: Network;
  let page: Page;
  let other: BroadcastClient;
  let complaints: string[];

  beforeAll(async () => {
    const props = {
      messageFormat: MessageFormat.ENVELOPE, history: {}, publishAccess: ChannelAccess.anyone(), messageRateLimit: MessageRateLimit.unlimited(),
    };
    served = await Served.start({ Api: () => props }, (stack) => {
      const api = stack.node.findChild('Api') as BroadcastWebSocketApi;
      api.addChannels('room:*', { publishAccess: ChannelAccess.anyone() });
      api.addChannels('closed', { subscribeAccess: ChannelAccess.nobody(), publishAccess: ChannelAccess.nobody() });
    });
    [browser, site] = await Promise.all([launchChromium(), BundledPage.serve('react-page')]);
  }, 90_000);

  afterAll(async () => {
    await Promise.all([browser?.close(), site?.stop(), served?.stop()]);
  });

  beforeEach(async () => {
    network = await anotherNetwork();
    other = connect({ url: served.url('Api'), WebSocket });
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MILLIS);
    complaints = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      // A browser logs each lost connection.
      if (['error', 'warning'].includes(message.type()) && !message.text().includes('WebSocket')) complaints.push(message.text());
    });
    await page.goto(site.url);
  });

  afterEach(async () => {
    other?.close();
    await Promise.all([page?.close(), ...networks.splice(0).map((each) => each.stop())]);
    expect(complaints).toEqual([]);
  });

  async function anotherNetwork(): Promise<Network> {
    const made = await Network.to(served.url('Api'));
    networks.push(made);
    return made;
  }

  const show = (props: Partial<PageProps> = {}) => page.evaluate(
    (all) => (window as unknown as { page: ReactPage }).page.show(all), { url: network.url, rooms: [], timing: TIMES, ...props },
  );
  const texts = (list: string) => page.getByLabel(list, { exact: true }).locator('li').allTextContents();
  const says = (label: string, text: string) => page.getByLabel(label, { exact: true }).filter({ hasText: text }).waitFor();
  const until = (list: string, ...wanted: string[]) => eventually(async () => {
    const there = await texts(list);
    return wanted.every((text) => there.includes(text)) && there;
  }, PATIENCE_MILLIS);

  test('a page survives a pulled plug without a lost message', async () => {
    await show({ rooms: ['room:plug'] });
    await says('room 0 status', 'in, 0 gaps');
    await other.send('all before');
    await other.channel('room:plug').publish('before');
    await until('room 0', 'before');
    network.pull();
    await other.send('all meanwhile');
    for (const count of [1, 2, 3]) await other.channel('room:plug').publish(`meanwhile ${count}`);
    await says('state', 'connecting');
    network.plugIn();
    await other.channel('room:plug').publish('after');
    expect(await until('room 0', 'after')).toEqual(['before', 'meanwhile 1', 'meanwhile 2', 'meanwhile 3', 'after']);
    expect((await until('all', 'all meanwhile')).slice(-2)).toEqual(['all before', 'all meanwhile']);
    await says('state', 'open, 0 gaps');
    await says('room 0 status', 'in, 0 gaps');
  }, 60_000);

  test('strict mode makes one connection, and components that show the same channel share it', async () => {
    const sent: string[] = [];
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))));
    await show({ rooms: ['room:two', 'room:two'] });
    await says('room 1 status', 'in, 0 gaps');
    expect([network.knocks, network.open]).toEqual([1, 1]);
    expect(sent.filter((text) => text.includes('subscribe'))).toEqual([expect.stringMatching(/"channels":\[\{"channel":"room:two"\}\]/)]);
    await page.evaluate(() => (window as unknown as { page: ReactPage }).page.publish('room:two', 'to the room'));
    await page.evaluate(() => (window as unknown as { page: ReactPage }).page.send('to all'));
    for (const list of ['room 0', 'room 1']) expect(await until(list, 'to the room')).toEqual(['to the room']);
    await until('all', 'to all');
    expect(await texts('beside')).toEqual(await texts('all'));

    // One of the two leaves; a third one comes later, and gets the messages of the second.
    await show({ rooms: ['room:two'] });
    await other.channel('room:two').publish('one left');
    await until('room 0', 'one left');
    await show({ rooms: ['room:two', 'room:two'] });
    expect(await until('room 1', 'one left')).toEqual(['to the room', 'one left']);
    expect(network.knocks).toBe(1);
  }, 60_000);

  test('a room that is left and entered again has its newest messages', async () => {
    await show({ rooms: ['room:a'] });
    await says('room 0 status', 'in, 0 gaps');
    await other.channel('room:a').publish('in a');
    await other.channel('room:b').publish('in b');
    await until('room 0', 'in a');
    await show({ rooms: ['room:b'] });
    expect(await until('room 0', 'in b')).toEqual(['in b']);
    await show({ rooms: ['room:a'] });
    expect(await until('room 0', 'in a')).toEqual(['in a']);
    await other.channel('room:b').publish('not for this page');
    await other.channel('room:a').publish('the end');
    expect(await until('room 0', 'the end')).toEqual(['in a', 'the end']);
  }, 60_000);

  test('a channel is not left when another component starts to show it at the same moment', async () => {
    const sent: string[] = [];
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))));
    await show({ rooms: ['room:moved'] });
    await says('room 0 status', 'in, 0 gaps');
    await other.channel('room:moved').publish('before');
    await until('room 0', 'before');
    await show({ rooms: ['room:first', 'room:moved'] });
    await says('room 0 status', 'in, 0 gaps');
    expect(await texts('room 1')).toEqual(['before']);
    expect(sent.filter((text) => text.includes('unsubscribe'))).toEqual([]);
  }, 60_000);

  test('a new address makes a new connection; without the component there is none', async () => {
    await show();
    await says('state', 'open');
    const second = await anotherNetwork();
    await show({ url: second.url });
    await eventually(() => network.open === 0 && second.open === 1);
    await says('state', 'open');
    await other.send('by the second');
    await until('all', 'by the second');
    await page.evaluate(() => (window as unknown as { page: ReactPage }).page.unmount());
    await eventually(() => second.open === 0);
    expect([network.knocks, second.knocks]).toEqual([1, 1]);
  }, 60_000);

  test('a function for the address may change: the current one is called for each connection', async () => {
    await show({ asks: true });
    await says('state', 'open');
    const second = await anotherNetwork();
    await show({ url: second.url, asks: true });
    await other.send('by the first');
    await until('all', 'by the first');
    expect([network.open, second.knocks]).toEqual([1, 0]);
    network.cutAll();
    await eventually(() => second.open === 1);
    await says('state', 'open, 0 gaps');
  }, 60_000);

  test('the newest messages are kept, as many as requested', async () => {
    await show({ keep: 2 });
    await says('state', 'open');
    for (const text of ['first', 'second', 'third']) await other.send(text);
    expect(await until('all', 'third')).toEqual(['second', 'third']);
  }, 60_000);

  test('a channel that the server refuses has the reason', async () => {
    await show({ rooms: ['closed', 'nowhere'] });
    await says('room 0 status', 'this connection may not subscribe');
    await says('room 1 status', 'no such channel');
  }, 60_000);
});
