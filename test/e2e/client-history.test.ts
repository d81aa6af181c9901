import { setTimeout as sleep } from 'node:timers/promises';
import { cutWebSockets } from './support/cut-web-socket';
import { HistoryServer } from './support/history-server';
import { connect, TIMING, type BroadcastClient, type Message } from '../../client/src/broadcast-client';
import { eventually } from '../../harness/eventually';
import { FanOut } from '../../src';

/* The client at a real API with a history, whose connections are cut at random. */

const CLIENTS = 4;
const MESSAGES = 15;
const CUTS = 12;

const cutting = cutWebSockets();
const modes = ['direct', 'queued'] as const;
let server: HistoryServer<typeof modes[number]>;
let clients: BroadcastClient[] = [];

beforeAll(async () => {
  server = await HistoryServer.start({ direct: () => ({}), queued: () => ({ fanOut: FanOut.queued() }) });
}, 60_000);

afterEach(() => {
  clients.forEach((client) => client.close());
  clients = [];
});

afterAll(() => server?.stop());

function join(mode: typeof modes[number], options: object = {}) {
  const client = connect({ url: server.url(mode), WebSocket: cutting.WebSocket, ...options });
  const [messages, gaps]: [Message[], unknown[]] = [[], []];
  client.on('message', (message) => messages.push(message));
  client.on('gap', (gap) => gaps.push(gap));
  clients.push(client);
  return { client, messages, gaps };
}


test.each(modes)('while connections are cut and replaced at random, all get every message once and in one order: %s', async (mode) => {
  const timing = { ...TIMING, firstDelay: 300, shortestDelay: 100, longestDelay: 1_000, rotation: 3_000, rotationJitter: 1_000, overlap: 500 };
  const joined = Array.from({ length: CLIENTS }, () => join(mode, { timing }));
  await eventually(() => joined.every(({ client }) => client.state === 'open'));
  let isOver = false;
  const done = (async () => {
    for (let cuts = 0; cuts < CUTS && !isOver; cuts++) {
      await sleep(200 + Math.random() * 400);
      cutting.cutOne();
    }
  })();
  const acks = await Promise.all(joined.map(async ({ client }, nth) => {
    const all = [];
    for (let count = 0; count < MESSAGES; count++) {
      all.push(await client.send(`${nth} says ${count}`));
      await sleep(Math.random() * 200);
    }
    return all;
  }));
  isOver = true;
  await done;

  const wanted = CLIENTS * MESSAGES;
  await eventually(() => joined.every(({ messages }) => messages.length >= wanted), 60_000);
  const [first, ...others] = joined.map(({ messages }) => messages.map(({ id, position, message }) => ({ id, position, message })));
  expect(first).toHaveLength(wanted);
  for (const other of others) expect(other).toEqual(first);
  expect(first.map(({ position }) => position)).toEqual(first.map(({ position }) => position).sort((a, b) => a! - b!));
  joined.forEach((_, nth) => {
    // A client that awaits its acknowledgements keeps its own order.
    expect(first.filter(({ message }) => message.startsWith(`${nth} `)).map(({ message }) => message))
      .toEqual(Array.from({ length: MESSAGES }, (__, count) => `${nth} says ${count}`));
    expect(acks[nth].map(({ id }) => id)).toEqual(first.filter(({ message }) => message.startsWith(`${nth} `)).map(({ id }) => id));
  });
  expect(joined.flatMap(({ gaps }) => gaps)).toEqual([]);
}, 180_000);

test('an older client, which knows no layer, and this one get each other\'s messages', async () => {
  const { client, messages } = join('direct');
  await eventually(() => client.state === 'open');
  const old = await server.join('direct');
  old.client.send('plain text');
  await eventually(() => messages.some(({ message }) => message === 'plain text'));
  const { position } = await client.send('acknowledged');
  expect(await old.message('acknowledged')).toMatchObject({ position });
  expect(await client.send('x'.repeat(25_000)).catch(({ code }: { code: string }) => code)).toBe('too_large');
}, 60_000);
