import { lookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange, ScriptedEndpoint } from './scripted-endpoint';
import { ids, senders } from './senders';
import { deadlineOf, SteadyClock } from '../../../../lambda-src/aws/system-clock';
import { broadcast } from '../../../../lambda-src/core/broadcast';
import type { Budget } from '../../../../lambda-src/core/pacer';
import type { Sender } from '../../../../lambda-src/core/sender';

/* Whole broadcasts over real sockets and in real time, to an endpoint that stalls. */

const STALL_MILLIS = 5_000;
jest.setTimeout(60_000);

const { endpoint: endpointOf, senderWith } = senders(false);
let endpoint: ScriptedEndpoint;
beforeEach(() => {
  endpoint = endpointOf();
});

async function deliver(sender: Sender, count: number, { rate = 5_000, seconds = 20 } = {}) {
  const clock = new SteadyClock();
  const deadline = deadlineOf({ getRemainingTimeInMillis: () => seconds * 1_000 }, clock);
  let end = 0;
  const budget: Budget = {
    rate,
    reserve: async (sends) => {
      const start = Math.max(end, clock.now());
      end = start + (sends * 1_000) / rate;
      return { kind: 'slot', start };
    },
  };
  const recipients = ids(count).map((connectionId) => ({ connectionId, connectedAt: 1 }));
  const source = {
    async* pages() {
      yield recipients;
    },
  };
  const rows = { remove: async () => undefined };
  const ports = { recipientsOf: () => source, rows, sender, budget, clock, random: Math.random, maxInFlight: 128 };
  const { tally } = await broadcast({ body: Buffer.from('hi'), recipients: source, deadline }, ports);
  expect(clock.now()).toBeLessThanOrEqual(deadline);
  return tally;
}

const took = () => new Set(endpoint.exchanges.map(({ id }) => id)).size;

test('a DNS answer after five seconds loses no message, and needs no retry', async () => {
  let lookups = 0;
  const slow: LookupFunction = (_hostname, options, callback) => {
    lookups++;
    setTimeout(() => lookup('127.0.0.1', options, callback as never), STALL_MILLIS);
  };
  const callbackUrl = endpoint.url.replace('127.0.0.1', 'localhost');
  expect(await deliver(senderWith({ callbackUrl, lookup: slow }), 2_000)).toMatchObject({ recipients: 2_000, delivered: 2_000, retried: 0 });
  expect(took()).toBe(2_000);
  expect(lookups).toBeGreaterThan(0);
});

// Just before another wave of posts would be given up.
test.each([STALL_MILLIS, 5_400])('an endpoint that is silent for %i ms loses no message', async (millis) => {
  const mute = new Set<Socket>();
  endpoint.onAccept = (socket) => mute.add(socket.pause());
  setTimeout(() => {
    endpoint.onAccept = () => undefined;
    for (const socket of mute) socket.resume();
  }, millis);
  expect(await deliver(senderWith(), 1_000)).toMatchObject({ recipients: 1_000, delivered: 1_000, failed: 0, abandoned: 0 });
});

test('an endpoint that closes idle connections after a second loses no message', async () => {
  const timers = new Map<object, NodeJS.Timeout>();
  endpoint.onRequest = ({ connection, answer }) => {
    clearTimeout(timers.get(connection));
    answer(200);
    timers.set(connection, setTimeout(() => connection.socket.end(), 1_000));
  };
  const sender = senderWith();
  for (let round = 0; round < 8; round++) {
    // A post under way when the endpoint closed may have arrived: it is tried once more.
    expect(await deliver(sender, 40)).toMatchObject({ recipients: 40, delivered: 40 });
    await sleep(985 + 5 * round);
  }
  for (const timer of timers.values()) clearTimeout(timer);
});

test.each([-2_000, -300_000, 300_000])('a wall clock that is set by %i ms during a broadcast loses no message, and does not move the deadline', async (step) => {
  const real = Date.now;
  setTimeout(() => {
    Date.now = () => real() + step;
  }, 500);
  try {
    expect(await deliver(senderWith(), 400, { rate: 200, seconds: 8 })).toMatchObject({ delivered: 400, abandoned: 0 });
  } finally {
    Date.now = real;
  }
});

test('credentials that are replaced during a broadcast are used from the next second on', async () => {
  let accessKeyId = 'OLD';
  const sender = senderWith({ credentials: () => ({ accessKeyId, secretAccessKey: 'secret' }) });
  setTimeout(() => {
    accessKeyId = 'NEW';
  }, 1_200);
  await deliver(sender, 400, { rate: 100 });
  const keys = endpoint.exchanges.map(keyOf);
  expect(keys[0]).toBe('OLD');
  expect(keys.at(-1)).toBe('NEW');
  expect(keys.lastIndexOf('OLD')).toBeLessThan(260);
});

const keyOf = ({ headers }: Exchange) => /Credential=(\w+)\//.exec(headers.authorization)![1];

test('credentials that are refused as soon as they are replaced lose no message, and need no retry', async () => {
  let accessKeyId = 'OLD';
  const sender = senderWith({ credentials: () => ({ accessKeyId, secretAccessKey: 'secret', sessionToken: `token of ${accessKeyId}` }) });
  // In the middle of a second, whose posts are signed with credentials read at its beginning.
  setTimeout(() => {
    accessKeyId = 'NEW';
  }, 1_500 - Date.now() % 1_000);
  endpoint.onRequest = (exchange) => setTimeout(() => exchange.answer(keyOf(exchange) === accessKeyId ? 200 : 403), 20);
  expect(await deliver(sender, 3_000, { rate: 1_500 })).toMatchObject({ recipients: 3_000, delivered: 3_000, failed: 0, retried: 0 });
  const refused = endpoint.exchanges.length - 3_000;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(200);
});

test('credentials that are refused and not replaced stop the broadcast after twenty', async () => {
  endpoint.onRequest = ({ answer }) => answer(took() > 200 ? 403 : 200);
  const tally = await deliver(senderWith(), 3_000, { rate: 1_500 });
  expect(tally).toMatchObject({ recipients: 3_000, delivered: 200, retried: 0 });
  expect(tally.failed).toBeGreaterThanOrEqual(20);
  expect(endpoint.exchanges.length).toBeLessThan(200 + 20 + 128);
});

describe.each(['https', 'http'])('over %s', (scheme) => {
  const { endpoint: itsEndpoint, senderWith: itsSender } = senders(scheme === 'https');

  test.each([1, 2, 3])('no socket is open at the endpoint once a broadcast has returned, whatever happened to the sockets: %i', async (seed) => {
    let draws = seed;
    const draw = () => (draws = (draws * 48_271) % 2_147_483_647) / 2_147_483_647;
    const owed = new Map<object, string>();
    const met = new Set<string>();
    itsEndpoint().onRequest = ({ id, connection, answer }) => {
      const drawn = draw();
      owed.set(connection, id);
      const done = () => owed.delete(connection);
      if (connection.requests === 1) connection.socket.once('close', done);
      met.add(drawn < 0.02 ? 'reset' : drawn < 0.04 ? 'close' : drawn < 0.05 ? 'silence' : drawn < 0.15 ? '429' : '200');
      if (drawn < 0.02) connection.reset();
      else if (drawn < 0.04) connection.socket.end();
      else if (drawn < 0.05) return;
      else setTimeout(() => done() && answer(drawn < 0.15 ? 429 : 200), 20 * draw());
    };
    const { delivered, failed, abandoned, gone } = await deliver(itsSender(), 1_500, { seconds: 12 });
    expect(delivered + failed + abandoned + gone).toBe(1_500);
    expect(met.size).toBe(5);
    const returned = performance.now();
    while (owed.size > 0 && performance.now() - returned < 400) await sleep(5);
    expect([...owed.values()]).toEqual([]);
  });
});
