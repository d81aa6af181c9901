import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startLocal } from '../../local';
import { PAGE, synthesizeChat, vendorPage } from './support/chat-app';
import { findChromium, launchChromium } from './support/chromium';
import { Client } from './support/client';
import { scratchFolder } from './support/scratch';

const chromium = findChromium();
const describeWithBrowser = chromium
  ? describe
  : (title: string, tests: () => void) => describe.skip(`${title} (no browser: install chromium, or set CHROMIUM_PATH)`, tests);

type Local = Awaited<ReturnType<typeof startLocal>>;

describeWithBrowser('the chat in a browser', () => {
  const scratch = scratchFolder();
  let local: Local;
  let browser: Browser;
  let contexts: BrowserContext[] = [];
  let complaints: string[] = [];

  beforeAll(async () => {
    await Promise.all([synthesizeChat(scratch.path), vendorPage()]);
    browser = await launchChromium(chromium!);
    local = await start(0);
  }, 90_000);

  beforeEach(() => {
    complaints = [];
  });

  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    contexts = [];
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
    scratch.remove();
  });

  function start(port: number): Promise<Local> {
    return startLocal({ assembly: scratch.path, port, serve: PAGE, log: () => undefined });
  }

  /** Each window is a browser of its own: nothing is shared but the API. */
  async function blankWindow(): Promise<Page> {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    return page;
  }

  async function openChat(name?: string): Promise<Page> {
    const page = await blankWindow();
    await page.goto(local.page!);
    await state(page, 'Connected');
    if (name) {
      await page.getByLabel('You speak as').fill(name);
      await page.getByLabel('You speak as').press('Enter');
    }
    return page;
  }

  async function state(page: Page, text: string): Promise<void> {
    await page.getByRole('status').filter({ hasText: text }).waitFor();
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel('Message', { exact: true }).fill(text);
    await page.getByLabel('Message', { exact: true }).press('Enter');
  }

  /** Waits for a message that has arrived: an own one counts once it has come back. */
  async function arrived(page: Page, text: string): Promise<{ name: string; own: boolean }> {
    const message = page.locator('.message:not(.pending)').filter({ hasText: text });
    await message.waitFor();
    expect(await message.locator('.fate').textContent()).toBe('');
    return {
      name: await message.locator('.name').textContent() ?? '',
      own: await message.evaluate((element: { classList: { contains(name: string): boolean } }) => element.classList.contains('own')),
    };
  }

  function texts(page: Page): Promise<string[]> {
    return page.locator('.message .text').allTextContents();
  }

  test('carries what two people say to both, once, in one order, and shows who speaks', async () => {
    const [ann, bob] = await Promise.all([openChat('Ann'), openChat('Bob')]);

    await say(ann, 'Good morning');
    expect(await arrived(bob, 'Good morning')).toEqual({ name: 'Ann', own: false });
    await say(bob, 'Morning, Ann');
    expect(await arrived(ann, 'Morning, Ann')).toEqual({ name: 'Bob', own: false });
    expect(await arrived(ann, 'Good morning')).toEqual({ name: 'You', own: true });
    expect(await arrived(bob, 'Morning, Ann')).toEqual({ name: 'You', own: true });

    expect(await texts(ann)).toEqual(['Good morning', 'Morning, Ann']);
    expect(await texts(bob)).toEqual(await texts(ann));
    expect(complaints).toEqual([]);
  });

  test('gives each window a name of its own, which a reload keeps', async () => {
    const [one, two] = await Promise.all([openChat(), openChat()]);
    const nameOf = (page: Page) => page.getByLabel('You speak as').inputValue();
    await one.getByLabel('You speak as').fill('  Zoë \u0007 ');
    await one.getByLabel('Message', { exact: true }).focus();

    await Promise.all([one.reload(), two.reload()]);

    expect(await nameOf(one)).toBe('Zoë');
    expect(await nameOf(two)).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
  });

  test('shows markup as text', async () => {
    const [ann, bob] = await Promise.all([openChat('<b>Ann</b>'), openChat('Bob')]);
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>&amp;';

    await say(ann, markup);

    expect(await arrived(bob, markup)).toEqual({ name: '<b>Ann</b>', own: false });
    expect(await bob.locator('#log img, #log script, #log b:not(.name)').count()).toBe(0);
    expect(await bob.title()).toBe('Broadcast chat');
    expect(complaints).toEqual([]);
  });

  test('lets somebody at a terminal join', async () => {
    const ann = await openChat('Ann');
    const terminal = await Client.open(local.apis[0].url);
    try {
      terminal.send('hello from a terminal');
      expect(await arrived(ann, 'hello from a terminal')).toEqual({ name: expect.stringMatching(/^guest .+/), own: false });

      await say(ann, 'Hello, terminal');
      expect(await terminal.frame((frame) => frame.includes('Hello, terminal'))).toContain('Ann');
    } finally {
      await terminal.close();
    }
  });

  test('sends a heartbeat within nine minutes, which nobody sees', async () => {
    const bob = await openChat('Bob');
    const ann = await blankWindow();
    const sent: string[] = [];
    const answer = ann.waitForEvent('websocket').then((socket) => {
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
      return socket.waitForEvent('framereceived');
    });
    await ann.clock.install();
    await ann.goto(local.page!);
    await state(ann, 'Connected');

    await ann.clock.fastForward('07:59');
    expect(sent).toEqual([]);
    await ann.clock.fastForward('01:01');
    expect((await answer).payload).toBe('{"action":"pong"}');
    await say(ann, 'the end');
    await arrived(bob, 'the end');

    expect(sent).toEqual(['{"action":"ping"}', expect.stringContaining('the end')]);
    expect(await texts(ann)).toEqual(['the end']);
    expect(await texts(bob)).toEqual(['the end']);
  });

  test('asks for the address when it has none, and refuses what is none', async () => {
    const page = await blankWindow();
    await page.goto(new URL('?url=https://example.com', local.page).href);
    await page.getByText('That is not a WebSocket address').waitFor();

    await page.getByLabel('WebSocket address').fill(local.apis[0].url);
    await page.getByRole('button', { name: 'Connect' }).click();

    await state(page, 'Connected');
  });

  test('connects again when the API has come back', async () => {
    const [ann, bob] = await Promise.all([openChat('Ann'), openChat('Bob')]);
    const port = Number(new URL(local.page!).port);

    await local.stop();
    await Promise.all([ann, bob].map((page) => state(page, 'Reconnecting')));
    await ann.getByLabel('Message', { exact: true }).fill('typed while away');
    expect(await ann.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    local = await start(port);
    await ann.getByRole('button', { name: 'Now' }).click();
    await Promise.all([state(ann, 'Connected'), state(bob, 'Connected')]);
    await ann.getByRole('button', { name: 'Send' }).click();

    expect(await arrived(bob, 'typed while away')).toEqual({ name: 'Ann', own: false });
    await bob.getByText('Connected again').waitFor();
  }, 60_000);
});
