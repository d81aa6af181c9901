import type { BrowserContextOptions, Page } from 'playwright-core';
import { faults } from './support/axe';
import type { ChatWindow } from './support/chat-window';
import { envelope, PlayedPage, saying } from './support/played-page';
import { describeWithChromium } from '../../harness/chromium';

const DAY_MILLIS = 24 * 3_600_000;
const MORNING = Date.UTC(2026, 0, 15, 9);
const PHONE = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };

describeWithChromium('the page of the chat, for its reader', () => {
  let played: PlayedPage;
  let windows: ChatWindow[] = [];

  beforeAll(async () => {
    played = await PlayedPage.start();
  }, 60_000);

  afterEach(async () => {
    await Promise.all(windows.map((window) => window.close()));
    windows = [];
  });

  afterAll(async () => {
    await played?.stop();
  });

  async function open(options: BrowserContextOptions = {}) {
    const window = await played.blank({ timezoneId: 'UTC', locale: 'en-GB', ...options });
    windows.push(window);
    const sent: string[] = [];
    const connections = await played.open(window, (_, text) => sent.push(text));
    return { window, page: window.page, sent, connections, api: connections[0] };
  }

  /** Simulates another window in front: the tests' browser never loses the focus by itself. */
  async function focus(page: Page, has: boolean): Promise<void> {
    await page.evaluate((value) => {
      Object.defineProperty(document, 'hasFocus', { value: () => value, configurable: true });
      dispatchEvent(new Event(value ? 'focus' : 'blur'));
    }, has);
  }

  const lineAbove = (page: Page) => page.locator('.unread .text').allTextContents();

  test('marks messages that came while another window was in front, until the reader is back', async () => {
    const { window, page, api } = await open();
    api.send(saying('a=', MORNING, 'Ann', 'read'));
    await window.arrived('read');

    await focus(page, false);
    api.send(saying('b=', MORNING + 1, 'Ann', 'first unread'));
    api.send(saying('c=', MORNING + 2, 'Bob', 'second unread'));
    await window.arrived('second unread');
    expect(await page.title()).toBe('(2) Broadcast chat');
    expect(await page.locator('#icon').getAttribute('href')).toBe('icon-unread.svg');

    await focus(page, true);
    expect(await page.title()).toBe('Broadcast chat');
    expect(await page.locator('#icon').getAttribute('href')).toBe('icon.svg');
    expect(await lineAbove(page)).toEqual(['first unread']);

    await focus(page, false);
    api.send(saying('d=', MORNING + 3, 'Bob', 'third unread'));
    await window.arrived('third unread');
    expect(await lineAbove(page)).toEqual(['third unread']);
  });

  test('keeps the reader\'s place in the conversation, and offers a way to new messages', async () => {
    const { window, page, api } = await open();
    for (let i = 0; i < 60; i++) api.send(saying(`m${i}=`, MORNING + i, 'Ann', `message ${i}.`));
    await window.arrived('message 59.');
    await page.waitForFunction(() => {
      const { scrollHeight, scrollTop, clientHeight } = document.getElementById('scroller')!;
      return scrollTop > 0 && scrollHeight - scrollTop - clientHeight < 2;
    });

    await page.locator('#scroller').hover();
    await page.mouse.wheel(0, -600);
    await window.button('To the end').waitFor();
    const before = await page.locator('#scroller').evaluate(({ scrollTop }) => scrollTop);
    api.send(saying('x=', MORNING + 100, 'Bob', 'news'));
    await window.button('1 new message ↓').waitFor();
    expect(await page.locator('#scroller').evaluate(({ scrollTop }) => scrollTop)).toBe(before);

    await window.button('1 new message ↓').click();
    await window.button('new message').waitFor({ state: 'hidden' });
    expect(await lineAbove(page)).toEqual(['news']);
    await expectInView(page, 'news');
    expect(await page.title()).toBe('Broadcast chat');
  });

  test('shows when each message was sent: the day once, the time with the name, and both in the time\'s tooltip', async () => {
    const { window, page, api } = await open();
    api.send(saying('a=', MORNING, 'Ann', 'one'));
    api.send(saying('b=', MORNING + DAY_MILLIS, 'Ann', 'three'));
    api.send(saying('c=', MORNING + 60_000, 'Ann', 'two'));
    await window.arrived('two');

    const days = await page.locator('.message').evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.day ?? ''));
    expect(days).toEqual([expect.stringMatching(/^Thursday,? 15 January$/), '', expect.stringMatching(/^Friday,? 16 January$/)]);
    const time = page.locator('.message time').first();
    expect(await time.textContent()).toBe('09:00');
    expect(await time.getAttribute('title')).toMatch(/^Thursday,? 15 January 2026.* 09:00:00$/);
    expect(await time.getAttribute('datetime')).toBe('2026-01-15T09:00:00.000Z');
  });

  test('shows an own message as on its way, sent, or not confirmed, and sends it again on request', async () => {
    const { window, page, sent, connections } = await open();
    await window.say('hello');
    await page.getByText('Sending…').waitFor();
    await connections[0].close({ code: 1001 });
    await page.getByText('Not confirmed').waitFor();
    await window.button('Try now').click();
    await window.state('Connected');

    await window.button('Try again').click();
    await page.getByText('Sending…').waitFor();
    expect(await window.texts()).toEqual(['hello']);
    expect(sent).toHaveLength(2);
    connections[1].send(envelope('a=', MORNING, sent[1]));
    await page.getByText('Sent', { exact: true }).waitFor();
    expect(await window.arrived('hello')).toEqual({ name: 'You', own: true });
  });

  test('shows a banner with a countdown while there is no connection', async () => {
    const { window, page, connections } = await open();
    const banner = page.getByRole('region', { name: 'Connection' });
    expect(await banner.count()).toBe(0);

    await connections[0].close({ code: 1001 });
    await banner.getByText(/The connection is lost.*Next try in [1-4] s/).waitFor();
    await window.button('Try now').click();
    await window.state('Connected');
    expect(await banner.count()).toBe(0);
  });

  test('can be used with the keyboard alone', async () => {
    const { window, page, sent, api } = await open();
    for (let i = 0; i < 60; i++) api.send(saying(`m${i}=`, MORNING + i, 'Ann', `message ${i}.`));
    await window.arrived('message 59.');
    const focused = () => page.evaluate(() => document.activeElement?.id);

    expect(await focused()).toBe('text');
    await page.keyboard.type('two');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('lines');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('send');
    await page.keyboard.press('Enter');
    await page.getByText('Sending…').waitFor();
    expect(JSON.parse(sent[0]).text).toBe('two\nlines');
    expect(await focused()).toBe('text');

    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('name');
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('scroller');
    await page.keyboard.press('Home');
    await window.button('To the end').waitFor();
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('newest');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('text');
    await page.getByText('Sending…').waitFor();
  });

  test('keeps 5,000 messages in order, scrolls with them, and stays usable', async () => {
    const { window, page, sent, api } = await open();
    const count = 5_000;
    // Worse than life: no two neighbours are in order.
    const order = Array.from({ length: count }, (_, i) => (i * 1_999) % count);
    for (const i of order) api.send(saying(`m${i}=`, MORNING + i, `Speaker ${i % 7}`, `message ${i}.`));
    await page.waitForFunction((wanted) => document.querySelectorAll('.message').length === wanted, count, { timeout: 60_000 });

    expect(await window.texts()).toEqual(Array.from({ length: count }, (_, i) => `message ${i}.`));
    await expectInView(page, 'message 4999.');
    await window.say('and I?');
    api.send(envelope('own=', MORNING + count, sent[0]));
    await window.arrived('and I?');
    await expectInView(page, 'and I?');
    const texts = await window.texts();
    expect([texts.length, texts[0], texts.at(-1)]).toEqual([count, 'message 1.', 'and I?']);
    expect(await page.locator('.message').first().getAttribute('data-day')).toMatch(/^Thursday,? 15 January$/);
    expect(window.complaints).toEqual([]);
  }, 120_000);

  test.each([
    ['light', {}], ['dark', { colorScheme: 'dark' as const }], ['on a phone', PHONE], ['dark on a phone', { ...PHONE, colorScheme: 'dark' as const }],
  ])('has no fault that axe knows of, %s', async (_, options) => {
    const { window, page, connections } = await open(options);
    expect(await faults(page)).toEqual([]);

    await focus(page, false);
    for (let i = 0; i < 12; i++) connections[0].send(saying(`m${i}=`, MORNING + i * 400_000, `Speaker ${i}`, `message ${i}.`));
    await window.arrived('message 11.');
    await window.say('hello');
    await page.getByText('Sending…').waitFor();
    expect(await faults(page)).toEqual([]);

    await connections[0].close({ code: 1001 });
    await window.button('Try again').waitFor();
    expect(await faults(page)).toEqual([]);

    await page.goto(`${played.origin}?url=nothing`);
    await window.button('Connect').waitFor();
    expect(await faults(page)).toEqual([]);
  }, 60_000);

  test('fits a narrow phone, whatever the messages are', async () => {
    const { window, page, api } = await open(PHONE);
    api.send(saying('a=', MORNING, 'N'.repeat(40), 'w'.repeat(400)));
    await window.arrived('w'.repeat(400));
    await window.say('v'.repeat(400));
    await page.getByText('Sending…').waitFor();
    await api.close({ code: 1001 });
    await window.button('Try again').waitFor();

    const wider = await page.evaluate(() => [...document.querySelectorAll('body *')]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80)));
    expect(wider).toEqual([]);
    expect(await page.locator('#scroller').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  });

  async function expectInView(page: Page, text: string): Promise<void> {
    await page.waitForFunction((wanted) => {
      const scroller = document.getElementById('scroller')!.getBoundingClientRect();
      const message = [...document.querySelectorAll('.message .text')].findLast(({ textContent }) => textContent === wanted)?.getBoundingClientRect();
      return message && message.top >= scroller.top && message.bottom <= scroller.bottom;
    }, text);
  }
});
