import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { type Stack } from 'aws-cdk-lib';
import { cutWebSockets } from './support/cut-web-socket';
import { connect, TIMING, type BroadcastClient, type Channel, type Message } from '../../client/src/broadcast-client';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat } from '../../src';

/* The shipped client at an API with channels; connections are cut at random. */

const MESSAGES = 12;
const CUTS = 10;
const TIMES = { ...TIMING, firstDelay: 300, shortestDelay: 100, longestDelay: 1_000 };

const cutting = cutWebSockets();
let served: Served<'Remembering' | 'Plain'>;
let clients: BroadcastClient[] = [];

beforeAll(async () => {
  const basis = { messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.nobody(), fanOut: FanOut.queued() };
  served = await Served.start({ Remembering: () => ({ ...basis, history: {} }), Plain: () => basis }, (stack: Stack) => {
    for (const name of ['Remembering', 'Plain']) {
      const api = stack.node.findChild(name) as BroadcastWebSocketApi;
      void api.disconnectQueue;
      api.addChannels('room:*');
      api.addChannels('room:closed', { subscribeAccess: ChannelAccess.nobody(), publishAccess: ChannelAccess.nobody() });
    }
  });
}, 90_000);

afterEach(() => {
  clients.forEach((client) => client.close());
  clients = [];
});

afterAll(() => served?.stop());

function join(name: 'Remembering' | 'Plain'): BroadcastClient {
  const client = connect({ url: served.url(name), WebSocket: cutting.WebSocket, timing: TIMES });
  clients.push(client);
  return client;
}

interface Entered {
  readonly room: Channel;
  readonly messages: Message[];
  readonly gaps: unknown[];
}

async function enter(client: BroadcastClient, name: string): Promise<Entered> {
  const room = client.channel(name);
  const [messages, gaps]: [Message[], unknown[]] = [[], []];
  room.on('message', (message) => messages.push(message));
  room.on('gap', (gap) => gaps.push(gap));
  await room.subscribe();
  return { room, messages, gaps };
}

const outcome = (promise: Promise<unknown>) => promise.then(() => 'done', ({ code }: { code: string }) => code);

test('while connections are cut at random, each member gets every message of its channels once and in one order', async () => {
  const people = await Promise.all(Array.from({ length: 3 }, async () => {
    const client = join('Remembering');
    const [one, two] = await Promise.all([enter(client, 'room:1'), enter(client, 'room:2')]);
    return { one, two };
  }));
  let isOver = false;
  const done = (async () => {
    for (let cuts = 0; cuts < CUTS && !isOver; cuts++) {
      await sleep(200 + Math.random() * 400);
      cutting.cutOne();
    }
  })();
  await Promise.all(people.map(async ({ one, two }, nth) => {
    for (let count = 0; count < MESSAGES; count++) {
      await (count % 3 ? one : two).room.publish(`${nth} says ${count}`);
      await sleep(Math.random() * 200);
    }
  }));
  isOver = true;
  await done;
  for (const [room, wanted] of [['one', people.length * MESSAGES * 2 / 3], ['two', people.length * MESSAGES / 3]] as const) {
    await eventually(() => people.every((person) => person[room].messages.length >= wanted), 60_000);
    const [first, ...others] = people.map((person) => person[room].messages.map(({ position, message, channel }) => [position, message, channel]));
    expect(first).toHaveLength(wanted);
    for (const other of others) expect(other).toEqual(first);
    expect(people.flatMap((person) => person[room].gaps)).toEqual([]);
  }
}, 180_000);

test.each(['Remembering', 'Plain'] as const)('a channel reaches only its members, and its rules refuse other clients: %s', async (name) => {
  const [ann, bob] = [join(name), join(name)];
  const everybody: Message[] = [];
  bob.on('message', (message) => everybody.push(message));
  const closed = outcome(ann.channel('room:closed').subscribe());
  const [mine, other] = await Promise.all([enter(ann, 'room:1'), enter(bob, 'room:2')]);
  expect(await closed).toBe('forbidden');
  expect(await outcome(ann.channel('nowhere').subscribe())).toBe('unknown_channel');
  expect(await outcome(bob.channel('room:1').publish('from outside'))).toBe('not_subscribed');
  await mine.room.publish('hello');
  await eventually(() => mine.messages.length === 1);
  await other.room.publish('the end');
  await eventually(() => other.messages.length === 1);
  expect(mine.messages.map(({ message, channel }) => [message, channel])).toEqual([['hello', 'room:1']]);
  expect(everybody).toEqual([]);

  await mine.room.unsubscribe();
  expect(await outcome(mine.room.publish('from outside'))).toBe('not_subscribed');
}, 60_000);

test('a kicked client does not come back', async () => {
  const ann = join('Plain');
  const { room, messages } = await enter(ann, 'room:1');
  await room.publish('who am I?');
  await eventually(() => messages.length === 1);
  const sqs = queuesClient(served.local.sqsEndpoint);
  const [, url] = Object.entries(served.local.queues).find(([id]) => id.startsWith('PlainDisconnectQueue'))!;
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify({ to: `connection:${messages[0].from}` }) }));
  sqs.destroy();
  await eventually(() => ann.state === 'kicked');
  await sleep(1_500);
  expect(ann.state).toBe('kicked');
}, 60_000);
