import fc from 'fast-check';
import { FakeWebSocket } from './fake-web-socket';
import { HistoryServer } from './history-server';
import { VirtualClock } from './virtual-clock';
import type { ConnectOptions, Message } from '../../client/src/api';
import { Client } from '../../client/src/client';

/* The client with an API with a history: acknowledgements, recovery, positions. */

const SECOND = 1_000;

let clock: VirtualClock;
let server: HistoryServer;
let client: Client;
let messages: Message[];
let gaps: number;

const turn = () => new Promise((resolve) => setImmediate(resolve));

function begin(options: Partial<ConnectOptions> = {}, random = () => 0): Client {
  clock = new VirtualClock(random);
  server = new HistoryServer(clock);
  FakeWebSocket.made = [];
  return join(options);
}

function join(options: Partial<ConnectOptions> = {}): Client {
  [messages, gaps] = [[], 0];
  client = new Client({ url: 'wss://example.test', WebSocket: FakeWebSocket, ...options }, clock);
  client.on('message', (message) => messages.push(message));
  client.on('gap', () => { gaps++; });
  return client;
}

/** Lets time pass; the server accepts clients and answers. */
async function pass(millis = 0, { lets = true, answers = true } = {}): Promise<void> {
  for (let passed = 0; passed <= millis; passed += 500) {
    await turn();
    if (lets) for (const socket of FakeWebSocket.made) if (socket.readyState === 0) socket.open();
    for (let times = 0; times < 4; times++) server.serve(answers);
    if (millis > 0) clock.pass(Math.min(500, millis));
  }
  await turn();
}

const texts = () => messages.map(({ message }) => message);
const outcome = (sent: Promise<unknown>) => sent.catch(({ code }: { code: string }) => code);

afterEach(() => client.close());

test('sends only a ping until the API has named its layers, then requests its position', async () => {
  begin();
  await turn();
  FakeWebSocket.last.open();
  void outcome(client.send('hello'));
  expect(FakeWebSocket.last.sent).toEqual(['{"action":"ping"}']);
  FakeWebSocket.last.receive({ action: 'pong', v: 1, layers: ['history'] });
  expect(FakeWebSocket.last.said.map((text) => JSON.parse(text) as object)).toEqual([{ action: 'history', ref: expect.any(String), limit: 1 }]);
  expect(client.state).toBe('connecting');
  server.serve();
  expect(client.state).toBe('open');
  server.serve();
  expect(texts()).toEqual(['hello']);
  expect(client.position).toEqual({ epoch: 'epoch 0', position: 1 });
});

test.each([[1, ['presence']], [2, ['history']]])('it does not use unknown layers: version %d of %j', async (v, layers) => {
  begin();
  await turn();
  FakeWebSocket.last.open().receive({ action: 'pong', v, layers });
  expect(await client.send('hello')).toEqual({});
  expect(FakeWebSocket.last.said).toEqual(['hello']);
});

test('positions of an API that names no history are not waited for', async () => {
  begin();
  await turn();
  FakeWebSocket.last.open().receive({ action: 'pong' });
  for (const position of [7, 9, 8]) FakeWebSocket.last.receive({ type: 'message', id: `id ${position}`, sentAt: 1, message: `m${position}`, position });
  expect(texts()).toEqual(['m7', 'm9', 'm8']);
});

test('a message is acknowledged with its id and position, and refused with the code', async () => {
  begin();
  await pass();
  const sent = client.send('hello');
  await pass();
  expect(await sent).toEqual({ id: messages[0].id, position: 1, delivered: 1 });

  server.refusals.push('forbidden');
  const refused = client.send('hello again').catch((error: Error) => error);
  await pass();
  expect(await refused).toMatchObject({ name: 'BroadcastError', code: 'forbidden', message: 'refused: forbidden' });
  expect(await outcome(client.send(''))).toBe('bad_request');
});

test('a message without an answer is sent again when the connection is back, as the same message', async () => {
  begin();
  await pass();
  const sent = client.send('hello');
  await pass(0, { answers: false }); // The message arrived; the answer is lost.
  FakeWebSocket.last.break();
  await pass(10 * SECOND);
  expect(await sent).toMatchObject({ position: 1 });
  expect(server.published.map(({ again }) => again)).toEqual([false, true]);
  const [first, second] = server.published;
  expect([second.ref, second.session]).toEqual([first.ref, first.session]);
  expect(first.session).toMatch(/^[\d.e-]{22,64}$/);
  expect(texts()).toEqual(['hello']);
});

test('a failed message is tried again, three times at most; a refused one is not', async () => {
  begin();
  await pass();
  server.refusals.push('unavailable');
  const sent = outcome(client.send('one'));
  await pass(10 * SECOND);
  expect(await sent).toMatchObject({ position: 1 });
  server.refusals.push('unavailable', 'unavailable', 'unavailable');
  const never = outcome(client.send('two'));
  await pass(20 * SECOND);
  expect(await never).toBe('unavailable');
  expect(server.published.map(({ message, again }) => [message, again])).toEqual([
    ['one', false], ['one', true], ['two', false], ['two', true], ['two', true],
  ]);
});

test('a message that API Gateway itself refuses is an error for the sender', async () => {
  begin();
  await pass();
  const sent = outcome(client.send('hello'));
  FakeWebSocket.last.receive({ message: 'Forbidden', connectionId: 'a=', requestId: 'b=' });
  expect(await sent).toBe('forbidden');
});

test('a silent server is asked once more, and gives up in time', async () => {
  begin();
  await pass();
  const sent = outcome(client.send('hello', { timeout: 50 * SECOND }));
  for (let passed = 0; passed < 60 * SECOND; passed += 5 * SECOND) {
    clock.pass(5 * SECOND);
    for (const socket of FakeWebSocket.made) socket.answerPings();
  }
  expect(await sent).toBe('timeout');
  expect(FakeWebSocket.made).toHaveLength(1);
});

test('messages that are sent again leave one by one, since each costs ten of the rate', async () => {
  begin();
  await pass();
  for (const text of ['one', 'two', 'three']) void client.send(text);
  FakeWebSocket.last.break();
  await pass(4 * SECOND);
  await pass();
  const before = server.published.filter(({ again }) => again).length;
  expect(before).toBeLessThan(3);
  await pass(4 * SECOND);
  expect(server.published.filter(({ again }) => again)).toHaveLength(3);
});

test('a page continues where an earlier one stopped', async () => {
  begin();
  await pass();
  await Promise.all([client.send('one'), pass()]);
  const { position } = client;
  client.close();
  server.history.publish({ message: 'two' });
  join({ position: JSON.parse(JSON.stringify(position)) as never });
  await pass();
  expect(texts()).toEqual(['two']);
  expect(gaps).toBe(0);
});

test('loads the newest messages at opening, and older ones when asked', async () => {
  begin();
  for (let count = 1; count <= 8; count++) server.history.publish({ message: `m${count}` });
  client.close();
  join({ last: 3 });
  await pass();
  expect(texts()).toEqual(['m6', 'm7', 'm8']);
  const older = client.history({ before: messages[0].position, limit: 2 });
  await pass();
  expect(await older).toEqual({ messages: [expect.objectContaining({ message: 'm4' }), expect.objectContaining({ message: 'm5' })], more: true });
  expect(() => join({ last: 1_001 })).toThrow('\'last\' must be a whole number from 0 to 1000, got 1001');
});

test('a client that was away for too long gets one gap, and continues', async () => {
  begin();
  await pass();
  FakeWebSocket.last.break();
  for (let count = 0; count < 5; count++) server.history.publish();
  server.history.expire(2);
  await pass(10 * SECOND);
  expect(gaps).toBe(1);
  const sent = client.send('here again');
  await pass();
  expect(await sent).toMatchObject({ position: 6 });
  expect(texts()).toEqual(['here again']);
});

test('being away is no gap if the history has all messages', async () => {
  begin();
  await pass();
  FakeWebSocket.last.break();
  for (let count = 1; count <= 25; count++) server.history.publish({ message: `m${count}` });
  await pass(10 * SECOND);
  expect(texts()).toEqual(Array.from({ length: 25 }, (_, index) => `m${index + 1}`));
  expect(gaps).toBe(0);
});

type Deed = { readonly kind: 'send' | 'publish' | 'break' | 'serve' | 'mute' } | { readonly kind: 'pass'; readonly millis: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Deed>({ kind: 'send' }, { kind: 'publish' }, { kind: 'serve' }) },
  { weight: 1, arbitrary: fc.constantFrom<Deed>({ kind: 'break' }, { kind: 'mute' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), millis: fc.constantFrom(100, 1_000, 5_000, 40_000) }) },
);

test('wherever connections break, each sent message is in the log once, and delivered once, in order', async () => {
  await fc.assert(fc.asyncProperty(fc.array(deed, { maxLength: 40 }), fc.double({ min: 0, max: 0.99, noNaN: true }), async (deeds, chance) => {
    begin({}, () => chance);
    await pass();
    const sent: Promise<unknown>[] = [];
    for (const each of deeds) {
      switch (each.kind) {
        case 'send': sent.push(outcome(client.send(`own ${sent.length}`, { timeout: 3_600_000 }))); break;
        case 'publish': FakeWebSocket.last.receive(server.history.publish()); break;
        case 'break': FakeWebSocket.last.break(); break;
        case 'serve': server.serve(); break;
        case 'mute': server.serve(false); break;
        case 'pass': {
          clock.pass(each.millis);
          await turn();
          for (const socket of FakeWebSocket.made) if (socket.readyState === 0) socket.open();
        }
      }
    }
    await pass(200 * SECOND);
    const acks = await Promise.all(sent);
    expect(acks).toEqual(sent.map(() => expect.objectContaining({ position: expect.any(Number) })));
    expect(messages.map(({ id, position }) => [id, position])).toEqual(server.history.messages().map(({ id, position }) => [id, position]));
    for (let index = 0; index < sent.length; index++) expect(texts().filter((text) => text === `own ${index}`)).toHaveLength(1);
    expect(server.early).toEqual([]);
    expect(gaps).toBe(0);
    client.close();
  }), { numRuns: 150 });
}, 120_000);
