import type { Page, WebSocketRoute } from 'playwright-core';
import type { ChatWindow } from './support/chat-window';
import { envelope, PLAYED_API, PlayedPage, saying } from './support/played-page';
import { describeWithChromium } from '../../harness/chromium';
import { eventually } from '../../harness/eventually';

const MORNING = Date.UTC(2026, 0, 15, 9);
/** Answer of a history without messages. */
const nothing = (ref: string) => JSON.stringify({ type: 'history', ref, epoch: 'e', position: 0, recovered: true, more: false, messages: [] });
const INTERNAL_ERROR = '{"message": "Internal server error", "connectionId":"a=", "requestId":"b="}';

describeWithChromium('the page of the chat, when something is wrong', () => {
  let played: PlayedPage;
  let window: ChatWindow;
  let page: Page;

  beforeAll(async () => {
    played = await PlayedPage.start();
  }, 60_000);

  beforeEach(async () => {
    window = await played.blank({ timezoneId: 'UTC', locale: 'en-GB' });
    page = window.page;
  });

  afterEach(() => window.close());

  afterAll(() => played?.stop());

  const banner = () => page.getByRole('region', { name: 'Connection' });

  /** An API with a history; the test gives the other answers. */
  function openWithHistory(answer: (api: WebSocketRoute, action: Record<string, string>) => void): Promise<WebSocketRoute[]> {
    return played.open(window, (api, text) => {
      const action = JSON.parse(text) as Record<string, string>;
      if (action.action !== 'history') return answer(api, action);
      api.send(nothing(action.ref));
    }, '{"action":"pong","v":1,"layers":["history"]}');
  }

  test('a first message that fails has no date, stays at the end, and can be sent again or discarded', async () => {
    const refusals = ['rate_exceeded', 'too_large'];
    const sent: Record<string, string>[] = [];
    const [api] = await openWithHistory((connection, action) => {
      sent.push(action);
      const code = refusals[sent.length - 1];
      if (code) return connection.send(JSON.stringify({ type: 'error', ref: action.ref, code, message: 'no' }));
      connection.send(JSON.stringify({ type: 'ack', ref: action.ref, id: 'own', position: 61, delivered: 1 }));
      connection.send(JSON.stringify({ ...JSON.parse(envelope('own', MORNING, action.message)) as object, position: 61 }));
    });
    await window.say('one');
    await page.getByText('Not sent: that was too fast.').waitFor();
    const failed = page.locator('.message[data-fate="failed"]');
    expect(await failed.getAttribute('data-day')).toBeNull();
    expect(await page.locator('#scroller').innerText()).not.toContain('January');

    await window.say('two');
    await page.getByText('Not sent: it is too long.').waitFor();
    for (let n = 1; n <= 60; n++) api.send(JSON.stringify({ ...JSON.parse(saying(`m${n}`, MORNING, 'Ann', `message ${n}.`)) as object, position: n }));
    await window.arrived('message 60.');
    expect((await window.texts()).slice(-3)).toEqual(['message 60.', 'one', 'two']);
    for (const nth of [0, 1]) expect(await inView(failed.nth(nth))).toBe(true);

    await window.button('Discard').last().click();
    await window.button('Try again').click();
    await page.getByText('Delivered', { exact: true }).waitFor();
    expect(await window.texts()).toEqual([...Array.from({ length: 60 }, (_, n) => `message ${n + 1}.`), 'one']);
    expect(sent.map(({ ref }) => ref === sent[0].ref)).toEqual([true, false, true]); // No second message.
  });

  test('a failed message without any answer has no date either', async () => {
    const [api] = await played.open(window);
    await window.say('hello');
    api.send(INTERNAL_ERROR);
    await page.getByText('Not confirmed').waitFor();
    expect(await page.locator('.message').getAttribute('data-day')).toBeNull();
    expect(await page.locator('#scroller').innerText()).not.toContain('1 January');
  });

  test('an address without an answer is shown as such, and can be changed', async () => {
    await page.routeWebSocket(({ href }) => href.startsWith(PLAYED_API), (api) => api.close({ code: 1006 }));
    await page.goto(`${played.origin}?url=${PLAYED_API}`);
    await window.state('Not connected');
    await banner().getByText(/^There is no answer from 127\.0\.0\.1:9\. Is that the right address\?/).waitFor();
    expect(await page.getByText('lost').count()).toBe(0);

    await window.button('Change the address').click();
    expect(await page.getByLabel('WebSocket address').inputValue()).toBe(PLAYED_API);
    expect(await page.getByLabel('Message', { exact: true }).isVisible()).toBe(false);
    await page.getByLabel('WebSocket address').fill(`${PLAYED_API}/other`);
    await window.button('Connect').click();
    await page.waitForURL((url) => url.searchParams.get('url') === `${PLAYED_API}/other`);
  });

  test('without a network it says so at once and accepts no message, until the connection is proven', async () => {
    await page.clock.install();
    let isSilent = false;
    await page.routeWebSocket(({ href }) => href.startsWith(PLAYED_API), (api) => {
      if (isSilent) return void api.close({ code: 1006 });
      api.onMessage(() => {
        if (!isSilent) api.send('{"action":"pong"}');
      });
    });
    await window.open(`${played.origin}?url=${PLAYED_API}`);
    const lose = () => page.evaluate(() => {
      Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
      dispatchEvent(new Event('offline'));
      return document.body.dataset.state;
    });
    // As on a laptop in a train that has the server on it.
    expect(await lose()).toBe('checking');
    await window.state('Connected');

    isSilent = true;
    expect(await lose()).toBe('checking');
    await window.text.fill('typed in the tunnel');
    await window.text.press('Enter');
    expect([await window.text.inputValue(), await window.texts()]).toEqual(['typed in the tunnel', []]);
    expect(await window.button('Send').isDisabled()).toBe(true);
    await banner().getByText('The network is gone').waitFor();
    await page.clock.runFor('00:11');
    await window.state('Offline');
    await banner().getByText('You are offline').waitFor();
    expect(await window.text.inputValue()).toBe('typed in the tunnel');
  });

  test('a text that is too long stays whole, and cannot be sent', async () => {
    const sent: string[] = [];
    await played.open(window, (_, text) => sent.push(text));
    const long = 'x'.repeat(4_100);
    await window.text.focus();
    await page.keyboard.insertText(long); // As pasting does.
    await page.getByText('100 characters too many').waitFor();
    expect(await window.text.inputValue()).toBe(long);
    expect(await window.button('Send').isDisabled()).toBe(true);
    await window.text.press('Enter');
    expect(await window.text.inputValue()).toBe(long);

    await window.text.fill(long.slice(0, 3_990));
    await page.getByText('10 characters left').waitFor();
    await window.text.press('Enter');
    await eventually(() => sent.length === 1);
    expect((JSON.parse(sent[0]) as { text: string }).text).toBe(long.slice(0, 3_990));
  });

  test('"Send" is active only when there is something to send', async () => {
    await played.open(window);
    for (const [text, isDisabled] of [['', true], ['x', false], [' \n ', true]] as const) {
      await window.text.fill(text);
      expect([text, await window.button('Send').isDisabled()]).toEqual([text, isDisabled]);
    }
  });

  test('an address in a message is a link, and nothing else is', async () => {
    const [api] = await played.open(window);
    const text = 'See https://example.com/a?b=1, or <a href="https://evil.example">javascript:alert(1)</a>';
    api.send(saying('a=', MORNING, 'Ann', text));
    await window.arrived('See');
    const links = page.locator('.message .text a');
    expect(await window.texts()).toEqual([text]);
    const all = await links.evaluateAll((each) => (each as HTMLAnchorElement[]).map(({ href, textContent, rel }) => [href, textContent, rel]));
    const rel = 'noopener noreferrer nofollow';
    expect(all).toEqual([['https://example.com/a?b=1', 'https://example.com/a?b=1', rel], ['https://evil.example/', 'https://evil.example', rel]]);
  });

  test('a server on this machine that comes back is found within seconds', async () => {
    await page.clock.install();
    let isUp = true;
    const connections: WebSocketRoute[] = [];
    await page.routeWebSocket(({ href }) => href.startsWith(PLAYED_API), (api) => {
      if (!isUp) return void api.close({ code: 1006 });
      connections.push(api);
      api.onMessage(() => api.send('{"action":"pong"}'));
    });
    await window.open(`${played.origin}?url=${PLAYED_API}`);
    isUp = false;
    await connections[0].close({ code: 1001 });
    await window.state('Reconnecting');
    for (let seconds = 0; seconds < 60; seconds += 2) await page.clock.runFor(2_000); // Attempts enough for the longest pause.
    isUp = true;
    await page.clock.runFor(2_500);
    await window.state('Connected');
  });

  test('it says that a room is quiet only when that is known', async () => {
    const waiting: (() => void)[] = [];
    await played.open(window, (api, text) => {
      const { action, ref } = JSON.parse(text) as Record<string, string>;
      if (action !== 'history') return;
      waiting.push(() => api.send(nothing(ref)));
      if (waiting.length === 1) waiting[0](); // The start of the history; earlier messages are still to come.
    }, '{"action":"pong","v":1,"layers":["history"]}');
    await eventually(() => waiting.length === 2);
    await page.getByText('Earlier messages are loading.').waitFor();
    expect(await page.getByText('It is quiet in here').isVisible()).toBe(false);
    waiting[1]();
    await page.getByText('It is quiet in here').waitFor();

    // An API without a history has no earlier messages.
    const other = await played.blank();
    await played.open(other);
    await other.page.getByText('This chat keeps no history').waitFor();
    await other.close();
  });

  test.each([
    ['ATTRIBUTED', '{"message":"L0SM9cOFvHcCIhw= says: hello"}'],
    ['RAW', '{"key":"1-2","name":"Ann","text":"hello"}'],
    ['RAW text', 'hello'],
  ])('an API with a format that it cannot read is shown as such: %s', async (_format, frame) => {
    const [api] = await played.open(window);
    api.send(frame);
    await banner().getByText('This page cannot read what the API sends: give the API MessageFormat.ENVELOPE or MessageFormat.BATCH.').waitFor();
    expect(await window.texts()).toEqual([]);

    // One backend message in another format does not cause it.
    api.send(envelope('a=', MORNING, 'hello'));
    await window.arrived('hello');
    api.send(frame);
    api.send(envelope('b=', MORNING, 'the end'));
    await window.arrived('the end');
    expect(await banner().count()).toBe(0);
  });

  test('messages that share frames are shown like others', async () => {
    const [api] = await played.open(window);
    api.send(JSON.stringify({ type: 'messages', messages: ['one', 'two'].map((text, n) => JSON.parse(saying(`${n}=`, MORNING + n, 'Ann', text)) as object) }));
    await window.arrived('two');
    expect(await window.texts()).toEqual(['one', 'two']);
    expect(await banner().count()).toBe(0);
  });

  function inView(locator: ReturnType<Page['locator']>): Promise<boolean> {
    return locator.evaluate((element) => {
      const [it, scroller] = [element, document.getElementById('scroller')!].map((each) => each.getBoundingClientRect());
      return it.top >= scroller.top && it.bottom <= scroller.bottom + 1;
    });
  }
});
