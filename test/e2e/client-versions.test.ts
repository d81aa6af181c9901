import WebSocket from 'ws';
import { cutWebSockets } from './support/cut-web-socket';
import { connect, TIMING, type BroadcastClient } from '../../client/src/broadcast-client';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { type BroadcastWebSocketApi, ChannelAccess, MessageFormat, MessageRateLimit } from '../../src';

/*
 * Clients and servers of different versions. The first client, from before there were layers, followed a few rules, which `FirstClient` has.
 * The first server has no layers: its handlers and its heartbeat are unchanged.
 */

const PING = '{"action":"ping"}';
const TIMES = { ...TIMING, firstDelay: 300, shortestDelay: 100, longestDelay: 500 };

const cutting = cutWebSockets();
const clients: BroadcastClient[] = [];
let served: Served<'All' | 'First' | 'Channels'>;
let first: FirstClient;

beforeAll(async () => {
  const basis = { messageFormat: MessageFormat.ENVELOPE, messageRateLimit: MessageRateLimit.unlimited() };
  served = await Served.start({
    All: () => ({ ...basis, history: {}, publishAccess: ChannelAccess.anyone() }),
    First: () => basis,
    Channels: () => ({ ...basis, publishAccess: ChannelAccess.anyone() }),
  }, (stack) => {
    for (const name of ['All', 'Channels']) (stack.node.findChild(name) as BroadcastWebSocketApi).addChannels('room:*');
  });
}, 90_000);

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  first?.close();
});

afterAll(() => served?.stop());

/** The first client: its frames, and its reading of answers. */
class FirstClient {
  static async open(url: string): Promise<FirstClient> {
    const client = new FirstClient(new WebSocket(url));
    await new Promise((resolve) => client.socket.once('open', resolve));
    client.send(PING);
    return client;
  }

  readonly messages: string[] = [];
  readonly problems: string[] = [];
  /** All received frames, understood or not. */
  readonly frames: string[] = [];
  private readonly seen = new Set<string>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.receive(data.toString()));
  }

  send(text: string): void {
    this.socket.send(text);
  }

  close(): void {
    this.socket.terminate();
  }

  private receive(text: string): void {
    this.frames.push(text);
    const { type, id, message, requestId } = JSON.parse(text) as Record<string, unknown>;
    if (typeof message !== 'string') return;
    if (type === 'message' && typeof id === 'string') {
      if (!this.seen.has(id)) this.messages.push(message);
      this.seen.add(id);
    } else if (typeof requestId === 'string') {
      this.problems.push(message);
    }
  }
}

async function join(name: 'All' | 'First' | 'Channels') {
  const client = connect({ url: served.url(name), WebSocket: cutting.WebSocket, timing: TIMES });
  clients.push(client);
  const [messages, gaps]: [string[], unknown[]] = [[], []];
  client.on('message', ({ message }) => messages.push(message));
  client.on('gap', (gap) => gaps.push(gap));
  await eventually(() => client.state === 'open');
  return { client, messages, gaps };
}

const outcome = (promise: Promise<unknown>) => promise.then(() => 'done', ({ code }: { code: string }) => code);

test('the first version of the client works with a server with layers, whose frames do not disturb it', async () => {
  first = await FirstClient.open(served.url('All'));
  const { client, messages } = await join('All');
  await client.channel('room:1').subscribe();
  first.send('from the first');
  await eventually(() => messages.includes('from the first'));
  await client.channel('room:1').publish('not for everybody');
  await client.send('from this one');
  await eventually(() => first.messages.includes('from this one'));
  expect(first.messages).toEqual(['from the first', 'from this one']);
  expect(first.problems).toEqual([]);
  expect(JSON.parse(first.frames[0])).toMatchObject({ action: 'pong' });
}, 60_000);

test('this client works with the first server, and sends it no action, which it would broadcast', async () => {
  first = await FirstClient.open(served.url('First'));
  const { client, messages, gaps } = await join('First');
  expect(client.layers).toEqual([]);
  const room = client.channel('room:1');
  expect(await Promise.all([room.subscribe(), room.publish('secret'), room.presence(), room.history(), client.history()].map(outcome))).toEqual([
    'unknown_channel', 'unknown_channel', 'unavailable', 'unavailable', 'unavailable',
  ]);
  expect(await client.send('hello')).toEqual({});
  await eventually(() => first.messages.includes('hello') && messages.includes('hello'));
  expect(first.messages).toEqual(['hello']);
  expect(client.position).toBeUndefined();

  cutting.cutOne();
  await eventually(() => gaps.length === 1);
  first.send('after the gap');
  await eventually(() => messages.includes('after the gap'));
  expect(messages).toEqual(['hello', 'after the gap']);
}, 60_000);

test('this client uses only the layers that a server has', async () => {
  first = await FirstClient.open(served.url('Channels'));
  const { client } = await join('Channels');
  const room = client.channel('room:1');
  await room.subscribe();
  expect(await Promise.all([room.presence(), room.history(), client.history()].map(outcome))).toEqual(['unavailable', 'unavailable', 'unavailable']);
  expect(await room.publish('to the room')).toMatchObject({ id: expect.any(String), delivered: 1 });
  await client.send('the end');
  await eventually(() => first.messages.includes('the end'));
  expect(first.messages).toEqual(['the end']);
}, 60_000);
