import type { WebSocketRoute } from 'playwright-core';
import type { ChatWindow } from './support/chat-window';
import { envelope, PLAYED_API as API, PlayedPage } from './support/played-page';
import { describeWithChromium } from '../../harness/chromium';
import { eventually } from '../../harness/eventually';

describeWithChromium('the page of the chat', () => {
  let played: PlayedPage;
  let window: ChatWindow;

  beforeAll(async () => {
    played = await PlayedPage.start();
  }, 60_000);

  beforeEach(async () => {
    window = await played.blank();
  });

  afterEach(async () => {
    await window.close();
  });

  afterAll(async () => {
    await played?.stop();
  });

  function openWith(answer?: (api: WebSocketRoute, sent: string) => void): Promise<WebSocketRoute[]> {
    return played.open(window, answer);
  }

  function notices(): Promise<string[]> {
    return window.page.locator('.notice').allTextContents();
  }

  test('sorts by the time of sending, then by id, whichever came first', async () => {
    const [api] = await openWith();

    api.send(envelope('c=', 2_000, 'fourth'));
    api.send(envelope('b=', 1_000, 'third'));
    api.send(envelope('a=', 1_000, 'second'));
    api.send(envelope('d=', 500, 'first'));
    await window.arrived('first');

    expect(await window.texts()).toEqual(['first', 'second', 'third', 'fourth']);
  });

  test('shows a repeated message once', async () => {
    const [api] = await openWith();

    for (const id of ['a=', 'b=', 'a=', 'b=']) api.send(envelope(id, 1_000, `message ${id}`));
    api.send(envelope('c=', 2_000, 'the end'));
    await window.arrived('the end');

    expect(await window.texts()).toEqual(['message a=', 'message b=', 'the end']);
  });

  test('ignores frames that it does not know', async () => {
    const [api] = await openWith();

    for (const frame of ['', 'null', '[]', '{"type":"presence","id":"x="}', '{"action":"pong"}', '{"type":"message"}']) api.send(frame);
    api.send(JSON.stringify({ type: 'message', id: 'a=', sentAt: 1_000, message: 'from a backend', channel: 'news' }));

    expect(await window.arrived('from a backend')).toEqual({ name: 'backend', own: false });
    expect(await window.texts()).toEqual(['from a backend']);
    expect(await notices()).toEqual([]);
    expect(window.complaints).toEqual([]);
  });

  test('shows an own message as on its way until it comes back, and then at its place', async () => {
    const sent: string[] = [];
    const [api] = await openWith((_, text) => sent.push(text));

    await window.say('hello');
    await window.page.getByText('Sending…').waitFor();
    api.send(envelope('b=', 2_000, 'later'));
    await window.arrived('later');
    expect(await window.texts()).toEqual(['later', 'hello']);
    api.send(envelope('a=', 1_000, sent[0]));

    expect(await window.arrived('hello')).toEqual({ name: 'You', own: true });
    expect(await window.texts()).toEqual(['hello', 'later']);
  });

  test('reports when the API could not deliver, and withdraws that when the message comes after all', async () => {
    const sent: string[] = [];
    const [api] = await openWith((_, text) => sent.push(text));

    await window.say('hello');
    await expectSent(sent, 1);
    api.send('{"message": "Internal server error", "connectionId":"a=", "requestId":"b="}');
    await window.page.getByText('Not confirmed').waitFor();
    expect(await notices()).toEqual(['API Gateway: Internal server error']);
    api.send(envelope('a=', 1_000, sent[0]));

    expect(await window.arrived('hello')).toEqual({ name: 'You', own: true });
  });

  test('recognises only its own messages as its own, whatever key others send', async () => {
    const sent: string[] = [];
    const [api] = await openWith((_, text) => sent.push(text));

    await window.say('hello');
    await expectSent(sent, 1);
    const own = JSON.parse(sent[0]);
    api.send(envelope('a=', 1_000, JSON.stringify({ ...own, text: 'goodbye' }), 'MalsConnection0='));
    api.send(envelope('b=', 2_000, JSON.stringify({ ...own, name: 'Mallory' }), 'MalsConnection0='));
    expect(await window.arrived('goodbye')).toEqual({ name: own.name, own: false });
    expect(await window.arrived('hello')).toEqual({ name: 'Mallory', own: false });
    expect(await window.page.getByText('Sending…').count()).toBe(1);
    api.send(envelope('c=', 3_000, sent[0]));
    await window.page.getByText('Sending…').waitFor({ state: 'detached' });

    expect(await window.texts()).toEqual(['goodbye', 'hello', 'hello']);
    expect(await window.page.locator('.own .text').allTextContents()).toEqual(['hello']);
  });

  test('gives each message a key from which the next cannot be guessed', async () => {
    const sent: string[] = [];
    await openWith((_, text) => sent.push(text));

    for (const text of ['one', 'two']) await window.say(text);
    await expectSent(sent, 2);

    const [one, two] = sent.map((text) => JSON.parse(text).key.split('-'));
    expect(one).toHaveLength(4);
    expect(two.filter((part: string) => one.includes(part))).toEqual([]);
  });

  test('shows odd messages as plain text, or not at all, and continues', async () => {
    const [api] = await openWith();

    const odd = { toString: 1, valueOf: 1 };
    api.send(envelope('a=', 1_000, JSON.stringify({ key: odd, name: 'Ann', text: 'odd key' })));
    api.send(envelope('b=', 1e300, 'odd time'));
    api.send('{"type":"message","id":"c=","sentAt":-1e999,"message":"odder time"}');
    api.send(JSON.stringify({ type: 'message', id: 'd=', from: odd, sentAt: odd, message: 'odd sender' }));
    api.send(JSON.stringify({ type: 'message', id: 'e=', from: 'Ann', sentAt: 1, message: odd }));
    api.send(JSON.stringify({ requestId: 'f=', message: odd }));
    api.send(envelope('g=', 2_000, 'the end'));
    await window.arrived('the end');

    expect(await window.texts()).toEqual(['odder time', 'odd sender', 'odd key', 'the end', 'odd time']);
    expect(await notices()).toEqual([]);
    expect(window.complaints).toEqual([]);
  });

  test('marks messages that were on their way when the connection broke as not confirmed', async () => {
    const sent: string[] = [];
    const [api] = await openWith((_, text) => sent.push(text));

    await window.say('hello');
    await expectSent(sent, 1);
    await api.close({ code: 1001 });

    await window.page.getByText('Not confirmed').waitFor();
    await window.state('Reconnecting');
  });

  test('reconnects when a heartbeat is not answered', async () => {
    await window.page.clock.install();
    const connections = await openWith();

    await window.page.clock.fastForward('09:00');
    await window.page.clock.fastForward('00:10');
    await window.page.getByText('Connected again').waitFor();

    expect(connections).toHaveLength(2);
  });

  test('gives each window a name of its own, which a reload keeps', async () => {
    await openWith();
    expect(await window.name.inputValue()).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
    await window.name.fill('  Zoë \u0007 ');
    await window.name.press('Enter');

    await window.page.reload();
    expect(await window.name.inputValue()).toBe('Zoë');

    const other = await window.page.context().newPage();
    await other.goto(window.page.url());
    expect(await other.getByLabel('You speak as').inputValue()).not.toBe('Zoë');
  });

  test('asks for the address when it has none, and refuses an invalid one', async () => {
    const connections = await openWith();
    await window.page.goto(`${played.origin}?url=https://example.com`);
    await window.page.getByText('That is not a WebSocket address').waitFor();

    await window.page.getByLabel('WebSocket address').fill(API);
    await window.button('Connect').click();
    await window.state('Connected');

    expect(connections).toHaveLength(2);
  });

  async function expectSent(sent: string[], count: number): Promise<void> {
    await eventually(() => sent.length >= count);
    expect(sent).toHaveLength(count);
  }
});
