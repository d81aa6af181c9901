import { FakeWebSocket } from './fake-web-socket';
import { VirtualClock } from './virtual-clock';
import type { BroadcastClient, ConnectOptions, State } from '../../client/src/api';
import { connect } from '../../client/src/broadcast-client';
import { Client } from '../../client/src/client';
import { systemClock } from '../../client/src/clock';
import { TIMING } from '../../client/src/timing';

/* Attempts to connect: options that cannot work, functions that fail, and pages that change their mind meanwhile. */

const url = 'wss://example.test/prod';

let clock: VirtualClock;
let client: Client;
let errors: string[];

const turn = () => new Promise((resolve) => setImmediate(resolve));

function begin(options: Partial<ConnectOptions> = {}): Client {
  clock = new VirtualClock();
  FakeWebSocket.made = [];
  errors = [];
  client = new Client({ url, WebSocket: FakeWebSocket, ...options }, clock);
  client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
  return client;
}

afterEach(() => client?.close());

describe('a mistake in the program throws at once', () => {
  test.each([
    ['without an address', {}, '\'url\' must begin with wss:// or ws://, got undefined'],
    ['with the address of a page', { url: 'https://example.test/prod?token=secret' }, 'got https://example.test/prod'],
    ['with half an address', { url: 'example.test' }, 'got example.test'],
    ['with an address alone', url, 'got undefined'],
  ])('%s', (_title, options, message) => {
    const attempt = () => connect({ WebSocket: FakeWebSocket, ...(options as ConnectOptions) });
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow('secret');
  });

  test('without a WebSocket', () => {
    const given = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Object.defineProperty(globalThis, 'WebSocket', { value: undefined, configurable: true });
    try {
      expect(() => connect({ url })).toThrow('\'WebSocket\' must be given before Node.js 22');
    } finally {
      if (given) Object.defineProperty(globalThis, 'WebSocket', given);
      else Reflect.deleteProperty(globalThis, 'WebSocket');
    }
  });
});

test('an address from a function is checked at each attempt', async () => {
  begin({ url: () => 'http://example.test/?token=secret' });
  await turn();
  expect(FakeWebSocket.made).toEqual([]);
  expect(errors).toEqual(['unavailable: \'url\' must begin with wss:// or ws://, got http://example.test/']);
  for (let attempt = 0; attempt < 4; attempt++) {
    clock.pass(TIMING.longestDelay);
    await turn();
  }
  expect([errors.length, client.state]).toEqual([5, 'refused']);
});

test.each([
  ['throws', () => { throw new Error('no token'); }, 'no token'],
  ['rejects with a text', () => Promise.reject('no token'), 'no token'],
  ['rejects with nothing', () => Promise.reject(), 'undefined'],
])('a token function that %s is asked again', async (_title, token, message) => {
  let asked = 0;
  begin({ token: () => asked++ ? 'fresh' : token() });
  await turn();
  expect(errors).toEqual([`unavailable: ${message}`]);
  clock.pass(TIMING.firstDelay);
  await turn();
  expect(FakeWebSocket.made.map(({ protocols }) => protocols)).toEqual([['broadcast', 'fresh']]);
});

test('a token function that never answers is called again, and its late answer is ignored', async () => {
  const answers: ((token: string) => void)[] = [];
  begin({ token: () => new Promise<string>((resolve) => answers.push(resolve)) });
  await turn();
  clock.pass(TIMING.answerTimeout);
  expect(errors).toEqual(['unavailable: no address or token in time']);
  answers[0]('late');
  await turn();
  expect(FakeWebSocket.made).toEqual([]);
  clock.pass(TIMING.firstDelay);
  await turn();
  answers[0]('late');
  answers[1]('fresh');
  await turn();
  FakeWebSocket.last.greet();
  expect(FakeWebSocket.made.map(({ protocols }) => protocols)).toEqual([['broadcast', 'fresh']]);
  expect(client.state).toBe('open');
});

test('a client that is closed before it has its token makes no connection', async () => {
  let answer = (_token: string): void => undefined;
  begin({ token: () => new Promise<string>((resolve) => (answer = resolve)) });
  await turn();
  client.close();
  answer('late');
  await turn();
  expect(FakeWebSocket.made).toEqual([]);
  expect(clock.waiting).toBe(0);
});

test.each<State>(['connecting', 'open', 'reconnecting', 'refused'])('a listener that closes the client when it is %s is heard', async (state) => {
  begin({ timing: { heartbeat: 60_000, heartbeatJitter: 0 } });
  client.on('state', (event) => {
    if (event.state === state) client.close();
  });
  for (let attempt = 0; attempt < 6 && client.state !== 'closed'; attempt++) {
    await turn();
    if (state === 'refused') FakeWebSocket.last.break();
    else if (state !== 'connecting') FakeWebSocket.last.greet();
    clock.pass(2 * 60_000); // no pong comes
  }
  await turn();
  expect(client.state).toBe('closed');
  expect(FakeWebSocket.made.filter(({ isClosed }) => !isClosed)).toEqual([]);
  expect(clock.waiting).toBe(0);
});

test('a listener that closes the client when an attempt fails is heard', async () => {
  begin({ token: () => Promise.reject(new Error('signed out')) });
  client.on('error', () => client.close());
  await turn();
  expect([client.state, clock.waiting]).toEqual(['closed', 0]);
});

describe('messages that come before the server has named its layers', () => {
  const message = (position: number) => ({ type: 'message', id: `id ${position}`, sentAt: 1, message: `m${position}`, position });
  let heard: string[];

  async function open(options?: Partial<ConnectOptions>): Promise<void> {
    begin(options);
    heard = [];
    client.on('message', (each) => heard.push(each.message));
    client.on('state', ({ state }) => heard.push(state));
    await turn();
    FakeWebSocket.last.open().receive(message(3));
  }

  test('wait for those that were missed', async () => {
    await open({ position: { epoch: 'e', position: 1 } });
    FakeWebSocket.last.receive({ action: 'pong', v: 1, layers: ['history'] });
    const [{ ref }] = FakeWebSocket.last.said.map((text) => JSON.parse(text) as { ref: string });
    FakeWebSocket.last.receive({ type: 'history', ref, epoch: 'e', position: 3, recovered: true, more: false, messages: [message(2), message(3)] });
    expect(heard).toEqual(['connecting', 'open', 'm2', 'm3']);
  });

  test('are there once it is open, where there is no history', async () => {
    await open();
    expect(heard).toEqual(['connecting']);
    FakeWebSocket.last.receive({ type: 'messages', messages: [message(1), message(2)] }).receive({ action: 'pong' }).receive(message(4));
    expect(heard).toEqual(['connecting', 'open', 'm3', 'm1', 'm2', 'm4']);
  });

  test('do not delay a kick of the client', async () => {
    await open();
    FakeWebSocket.last.receive({ type: 'error', code: 'kicked', message: 'bye' });
    expect(client.state).toBe('kicked');
  });
});

test('without a first connection, nothing is lost and there is no gap', async () => {
  begin({ timing: { longestDelay: TIMING.firstDelay } });
  const gaps = jest.fn();
  client.on('gap', gaps);
  const sent = client.send('hello').catch(({ code, message }: { code: string; message: string }) => [code, message]);
  for (let attempt = 0; attempt < 5; attempt++) {
    await turn();
    FakeWebSocket.last.break();
    clock.pass(TIMING.firstDelay);
  }
  expect(await sent).toEqual(['refused', 'no connection yet']);
  client.retry();
  await turn();
  FakeWebSocket.last.greet();
  expect(gaps).not.toHaveBeenCalled();
});

describe('listeners', () => {
  const greetings = (of: BroadcastClient) => {
    const heard: string[] = [];
    return { heard, listen: (name: string) => of.on('message', () => heard.push(name)) };
  };
  const say = (id: string) => FakeWebSocket.last.receive({ type: 'message', id, sentAt: 1, message: 'hello' });

  test('each call of `on` is ended by its own function, as often as that is called', async () => {
    begin();
    await turn();
    FakeWebSocket.last.greet();
    const calls: string[] = [];
    const listener = () => calls.push('heard');
    const offs = [client.on('message', listener), client.on('message', listener)];
    offs[0]();
    offs[0]();
    say('a');
    expect(calls).toEqual(['heard']);
  });

  test('one that another ends during a message does not get it; one that begins then gets the next', async () => {
    begin();
    await turn();
    FakeWebSocket.last.greet();
    const { heard, listen } = greetings(client);
    client.on('message', () => off());
    const off = listen('ended');
    client.on('message', () => listen('begun'));
    say('a');
    expect(heard).toEqual([]);
    say('b');
    expect(heard).toEqual(['begun']);
  });

  test('one that closes the client is the last to get a message of a shared frame', async () => {
    begin();
    await turn();
    FakeWebSocket.last.greet();
    const heard: string[] = [];
    client.on('message', ({ id }) => {
      heard.push(id);
      client.close();
    });
    FakeWebSocket.last.receive({ type: 'messages', messages: ['a', 'b'].map((id) => ({ type: 'message', id, sentAt: 1, message: id })) });
    expect(heard).toEqual(['a']);
  });
});

test('an infinite timeout does not end at once', () => {
  jest.useFakeTimers();
  try {
    const run = jest.fn();
    const cancel = systemClock.after(Infinity, run);
    jest.advanceTimersByTime(24 * 3_600_000);
    expect(run).not.toHaveBeenCalled();
    cancel();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test.each([
  ['', '\'message\' must be a text that is not empty, got \'\'; use JSON.stringify'],
  [{ x: 1 }, 'got \'object\''],
  [undefined, 'got \'undefined\''],
])('what is no message is refused, and says why: %p', async (message, text) => {
  begin();
  await turn();
  FakeWebSocket.last.greet();
  await expect(client.send(message as string)).rejects.toMatchObject({ code: 'bad_request', message: expect.stringContaining(text) });
  expect(FakeWebSocket.last.said).toEqual([]);
});
