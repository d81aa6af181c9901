import fc from 'fast-check';
import { FakeWebSocket } from './fake-web-socket';
import { bySentAt, connect as connectClient, type BroadcastClient, type ConnectOptions } from '../../client/src/broadcast-client';

/* The client with an API without layers: the connection, and plain text. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PING = '{"action":"ping"}';

let client: BroadcastClient;
let messages: string[];
let states: string[];
let gaps: number;
let problems: string[];

beforeEach(() => {
  jest.useFakeTimers();
  FakeWebSocket.made = [];
  [messages, states, gaps, problems] = [[], [], 0, []];
});

afterEach(() => {
  client.close();
  jest.useRealTimers();
});

function begin(options: Partial<ConnectOptions> = {}): BroadcastClient {
  client = connectClient({ url: 'wss://example.test/prod', WebSocket: FakeWebSocket, ...options });
  client.on('message', ({ message }) => messages.push(message));
  client.on('state', ({ state }) => states.push(state));
  client.on('gap', () => { gaps++; });
  client.on('error', ({ message }) => problems.push(message));
  return client;
}

async function connect(options: Partial<ConnectOptions> = {}): Promise<FakeWebSocket> {
  begin(options);
  await pass(0);
  return FakeWebSocket.last.greet();
}

/** Returns the result of a message: an acknowledgement, or the error's code. */
function outcome(text: string): Promise<unknown> {
  return client.send(text).catch(({ code }: { code: string }) => code);
}

/** Lets time pass, and answers every heartbeat. */
async function pass(millis: number, { answered = true } = {}): Promise<void> {
  const end = Date.now() + millis;
  do {
    await jest.advanceTimersByTimeAsync(Math.min(SECOND, end - Date.now()));
    if (answered) for (const socket of FakeWebSocket.made) socket.answerPings();
  } while (Date.now() < end);
}

/** Fixes the value of `Math.random`. */
function random(value: number): void {
  jest.spyOn(Math, 'random').mockReturnValue(value);
}

afterEach(() => jest.restoreAllMocks());

const envelope = (id: string, message = id) => JSON.stringify({ type: 'message', id, from: 'Ann0=', sentAt: 1, message });

test.each([[0, 9 * MINUTE], [1, 8 * MINUTE]])('sends a heartbeat after 8 to 9 minutes, at random (%d)', async (jitter, time) => {
  random(jitter);
  const socket = await connect();

  await pass(time - SECOND);
  expect(socket.sent).toEqual([PING]); // The first ping asks for the API's features.
  await pass(SECOND);
  expect(socket.sent).toEqual([PING, PING]);
  await pass(time);
  expect(socket.sent).toEqual([PING, PING, PING]);
  expect(messages).toEqual([]);
});

test('sends no heartbeat while frames are sent or received', async () => {
  random(0);
  const socket = await connect();
  for (let count = 0; count < 5; count++) {
    await pass(8 * MINUTE);
    if (count % 2) socket.receive(envelope(`${count}`));
    else await outcome('still here');
  }
  expect(socket.sent.filter((text) => text === PING)).toHaveLength(1);
});

test('sends nothing but pings until the API has named its layers', async () => {
  begin();
  await pass(0);
  const sent = outcome('hello');
  FakeWebSocket.last.open();
  await pass(SECOND, { answered: false });
  expect(FakeWebSocket.last.sent).toEqual([PING]);
  expect(client.state).toBe('connecting');
  FakeWebSocket.last.receive('{"action":"pong"}');
  expect(FakeWebSocket.last.said).toEqual(['hello']);
  expect(await sent).toEqual({});
  expect(client.state).toBe('open');
});

test('an API without a heartbeat broadcasts the first ping, which shows that it has no layers', async () => {
  begin();
  await pass(0);
  FakeWebSocket.last.open().receive(envelope('a=', PING));
  expect(client.state).toBe('open');
  expect(messages).toEqual([]);
});

test('reconnects at once when a heartbeat is not answered within 10 seconds', async () => {
  random(0);
  await connect();

  await pass(9 * MINUTE + 9 * SECOND, { answered: false });
  expect(FakeWebSocket.made).toHaveLength(1);
  await pass(2 * SECOND, { answered: false });
  expect(FakeWebSocket.made).toHaveLength(2);
  FakeWebSocket.last.greet();
  expect(states.at(-1)).toBe('open');
  expect(gaps).toBe(1);
});

test('any message is a sign of life', async () => {
  random(0);
  const socket = await connect();

  await pass(9 * MINUTE + 5 * SECOND, { answered: false });
  socket.receive(envelope('a='));
  await pass(20 * SECOND, { answered: false });

  expect(FakeWebSocket.made).toHaveLength(1);
});

describe('before a connection is 2 hours old', () => {
  test.each([[0, 110], [1, 100]])('a second one is opened, at a random time (%d: %d minutes)', async (jitter, minutes) => {
    random(jitter);
    await connect();

    await pass((minutes - 1) * MINUTE);
    expect(FakeWebSocket.made).toHaveLength(1);
    await pass(MINUTE + SECOND);
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  test('both are listened to for a minute, and a message on both is delivered once', async () => {
    random(0);
    const old = await connect();
    await pass(110 * MINUTE + SECOND);
    const young = FakeWebSocket.last;
    old.receive(envelope('before'));
    young.greet();

    for (const [first, second] of [[old, young], [young, old]]) {
      const id = `during, ${FakeWebSocket.made.indexOf(first)} first`;
      first.receive(envelope(id));
      second.receive(envelope(id));
    }
    old.receive(envelope('late, old only'));
    await pass(59 * SECOND);
    expect(old.isClosed).toBe(false);
    await pass(SECOND);
    expect(old.isClosed).toBe(true);
    young.receive(envelope('after'));

    expect(messages).toEqual(['before', 'during, 0 first', 'during, 1 first', 'late, old only', 'after']);
    expect(new Set(states)).toEqual(new Set(['connecting', 'open']));
    expect(states.indexOf('open')).toBe(states.lastIndexOf('connecting') + 1);
    expect(gaps).toBe(0);
  });

  test('messages are sent on the old one until the new one is open, then on the new one', async () => {
    random(0);
    const old = await connect();
    await pass(110 * MINUTE + SECOND);
    const young = FakeWebSocket.last;

    expect(await outcome('one')).toEqual({});
    young.greet();
    expect(await outcome('two')).toEqual({});

    expect(old.said).toEqual(['one']);
    expect(young.said).toEqual(['two']);
  });

  test('and that happens again and again', async () => {
    random(0);
    await connect();
    for (let hours = 0; hours < 24; hours++) {
      await pass(60 * MINUTE);
      FakeWebSocket.made.filter(({ readyState }) => readyState === 0).forEach((socket) => socket.greet());
    }

    expect(FakeWebSocket.made.filter(({ isClosed }) => !isClosed)).toHaveLength(1);
    expect(FakeWebSocket.made.length).toBeGreaterThanOrEqual(12);
    expect(gaps).toBe(0);
  }, 120_000); // A day of timers takes time on a busy machine.

  test('when the new one does not open, the old one serves until it ends, which is a gap', async () => {
    random(0);
    const old = await connect();
    await pass(110 * MINUTE + SECOND);
    await pass(5 * MINUTE);
    old.receive(envelope('still here'));
    expect(await outcome('me too')).toEqual({});
    expect(states.at(-1)).toBe('open');

    old.break();
    expect(states.at(-1)).not.toBe('open');
    await pass(MINUTE);
    client.retry();
    await pass(0);
    FakeWebSocket.last.greet();

    expect(states.at(-1)).toBe('open');
    expect(messages).toEqual(['still here']);
    expect(gaps).toBe(1);
    expect(FakeWebSocket.made.filter(({ isClosed }) => !isClosed)).toEqual([FakeWebSocket.last]);
  });

  test('the old one is not replaced when it ends during the overlap', async () => {
    random(0);
    const old = await connect();
    await pass(110 * MINUTE + SECOND);
    FakeWebSocket.last.greet();

    old.break();
    await pass(2 * MINUTE);

    expect(FakeWebSocket.made).toHaveLength(2);
    expect(states.at(-1)).toBe('open');
  });
});

describe('when the connection breaks', () => {
  test.each([[0, 4], [1, 1]])('it waits at random before it tries again (%d: %d seconds)', async (jitter, seconds) => {
    random(jitter);
    (await connect()).break();
    await pass(0);

    expect(states.at(-1)).toBe('reconnecting');
    await pass((seconds - 0.5) * SECOND);
    expect(FakeWebSocket.made).toHaveLength(1);
    await pass(SECOND);
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  test('it waits longer each time, half a minute at most', async () => {
    random(0);
    const waits: number[] = [];
    await connect();
    client.on('state', ({ state, retryAt }) => { if (state === 'reconnecting') waits.push(Math.round((retryAt! - Date.now()) / SECOND)); });
    FakeWebSocket.last.break();
    for (let i = 0; i < 5; i++) {
      await pass(31 * SECOND);
      FakeWebSocket.last.break();
    }
    await pass(0);

    expect(waits.filter((wait) => wait > 0).slice(0, 6)).toEqual([4, 8, 16, 30, 30, 30]);
  });

  test('it tries at once on retry()', async () => {
    random(0);
    (await connect()).break();
    await pass(0);
    client.retry();
    await pass(0);

    expect(FakeWebSocket.made).toHaveLength(2);
  });

  test('messages wait for a connection, or their promise rejects', async () => {
    (await connect()).break();
    const kept = outcome('kept');
    const given = client.send('given up', { timeout: 500 }).catch(({ code }: { code: string }) => code);
    const abort = new AbortController();
    const aborted = client.send('aborted', { signal: abort.signal }).catch(({ name }: Error) => name);
    abort.abort();
    await pass(SECOND);
    client.retry();
    await pass(0);
    FakeWebSocket.last.greet();

    expect(await Promise.all([kept, given, aborted])).toEqual([{}, 'timeout', 'AbortError']);
    expect(FakeWebSocket.last.said).toEqual(['kept']);
  });

  test('the gap is reported once it is over, and never for the first connection', async () => {
    const socket = await connect();
    expect(gaps).toBe(0);
    socket.break();
    await pass(5 * SECOND);
    expect(gaps).toBe(0);
    FakeWebSocket.last.greet();
    expect(gaps).toBe(1);
  });

  test('a first connection that is refused is no gap', async () => {
    begin();
    await pass(0);
    FakeWebSocket.last.break();
    await pass(5 * SECOND);
    FakeWebSocket.last.greet();

    expect(gaps).toBe(0);
  });

  test('a client that was never accepted becomes refused, and may try again', async () => {
    random(0);
    begin();
    const sent = outcome('hello');
    for (let count = 0; count < 10; count++) {
      await pass(31 * SECOND);
      if (FakeWebSocket.last.readyState === 0) FakeWebSocket.last.break();
    }
    expect(FakeWebSocket.made).toHaveLength(5);
    expect(client.state).toBe('refused');
    expect(await sent).toBe('refused');
    client.retry();
    await pass(0);
    FakeWebSocket.last.greet();
    expect(client.state).toBe('open');
    FakeWebSocket.last.break();
    for (let count = 0; count < 10; count++) {
      await pass(31 * SECOND);
      if (FakeWebSocket.last.readyState === 0) FakeWebSocket.last.break();
    }
    expect(FakeWebSocket.made.length).toBeGreaterThan(12);
  });

  test('an address function that fails is an error, and is called again', async () => {
    let asked = 0;
    begin({ url: () => ++asked === 1 ? Promise.reject(new Error('no token service')) : 'wss://example.test' });
    await pass(5 * SECOND);
    FakeWebSocket.last.greet();
    expect(problems).toEqual(['no token service']);
    expect(client.state).toBe('open');
  });

  test('a token is offered as the second subprotocol, a fresh one for each attempt', async () => {
    let tokens = 0;
    (await connect({ token: () => `token-${++tokens}` })).break();
    await pass(5 * SECOND);
    expect(FakeWebSocket.made.map(({ protocols }) => protocols?.[1])).toEqual(['token-1', 'token-2']);
  });

  test('each attempt calls the functions for address and subprotocols again, for a fresh token', async () => {
    let tokens = 0;
    const socket = await connect({ url: async () => `wss://example.test/?token=${++tokens}`, protocols: () => ['chat', `token-${tokens}`] });
    socket.break();
    await pass(5 * SECOND);

    expect(FakeWebSocket.made.map(({ url, protocols }) => [url, protocols])).toEqual([
      ['wss://example.test/?token=1', ['chat', 'token-1']], ['wss://example.test/?token=2', ['chat', 'token-2']],
    ]);
  });
});

test('a message that comes twice is delivered once, even with 10,000 others in between', async () => {
  const socket = await connect();
  socket.receive(envelope('first'));
  for (let i = 0; i < 9_999; i++) socket.receive(envelope(`m${i}`));
  socket.receive(envelope('first'));

  expect(messages.filter((message) => message === 'first')).toHaveLength(1);
  expect(messages).toHaveLength(10_000);
});

test('the error frame of API Gateway is an error event, not a message', async () => {
  const socket = await connect();
  socket.receive('{"message": "Internal server error", "connectionId":"a=", "requestId":"b="}');

  expect(problems).toEqual([expect.stringMatching(/: Internal server error$/)]);
  expect(messages).toEqual([]);
});

test('of any frames, only envelopes are delivered, and nothing throws', async () => {
  const socket = await connect();
  const text = fc.oneof(fc.string(), fc.jsonValue(), fc.constant({ toString: 1 }));
  const type = fc.oneof(fc.constantFrom('message', 'messages', 'error', 'presence', 'ack'), fc.jsonValue());
  const members = Object.fromEntries(['id', 'message', 'code', 'messages', 'channel', 'requestId', 'action', 'ref'].map((name) => [name, text]));
  const frame = fc.record({ type, ...members }, { requiredKeys: [] });
  const anything = fc.oneof(frame.map((value) => JSON.stringify(value)), fc.string(), fc.jsonValue());
  fc.assert(fc.property(anything, (data) => void socket.receive(data)), { numRuns: 2_000 });

  for (const each of [...messages, ...problems]) expect(typeof each).toBe('string');
});

test('closing ends all of it: connections, timers, listeners', async () => {
  random(0);
  await connect();
  await pass(110 * MINUTE + SECOND);
  FakeWebSocket.last.greet();
  client.close();
  await pass(MINUTE);

  expect(FakeWebSocket.made.every(({ isClosed }) => isClosed)).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
  expect(await outcome('too late')).toBe('closed');
});

test('a signal closes the client', async () => {
  const abort = new AbortController();
  await connect({ signal: abort.signal });
  abort.abort();
  expect(FakeWebSocket.last.isClosed).toBe(true);
  expect(client.state).toBe('closed');
  begin({ signal: abort.signal });
  await pass(MINUTE);
  expect(FakeWebSocket.made).toHaveLength(1);
});

test('messages can also be read in a loop, until the client is closed', async () => {
  const socket = await connect();
  const read = (async () => {
    const texts: string[] = [];
    for await (const { message } of client) texts.push(message);
    return texts;
  })();
  socket.receive(envelope('a=', 'one'));
  socket.receive(envelope('b=', 'two'));
  await pass(0);
  socket.receive(envelope('c=', 'three'));
  client.close();
  expect(await read).toEqual(['one', 'two', 'three']);
});

test('messages are ordered by the time of sending, then by id', () => {
  const at = (sentAt: number, id: string) => ({ id, sentAt, message: '' });
  const ordered = [at(1, 'a'), at(1, 'b'), at(2, 'A'), at(10, 'a')];
  fc.assert(fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (shuffled) => {
    expect([...shuffled].sort(bySentAt)).toEqual(ordered);
  }));
});
