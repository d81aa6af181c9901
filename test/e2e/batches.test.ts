import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import type { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { FanOut, MessageFormat, MessageRateLimit } from '../../src';

interface Message {
  readonly id: string;
  readonly from?: string;
  readonly message: string;
  readonly position?: number;
}

const BATCH = { messageFormat: MessageFormat.BATCH, messageRateLimit: MessageRateLimit.unlimited() };

let served: Served<'Live' | 'Kept' | 'Window'>;

beforeAll(async () => {
  served = await Served.start({
    Live: () => ({ ...BATCH, fanOut: FanOut.queued() }),
    Kept: () => ({ ...BATCH, fanOut: FanOut.queued(), history: {} }),
    Window: () => ({ ...BATCH, fanOut: FanOut.queued({ batchSize: 100, maxBatchingWindow: Duration.seconds(1) }), history: {} }),
  });
}, 60_000);

afterEach(() => served.leave());
afterAll(() => served?.stop());

const framesOf = (client: Client) => client.frames.filter((frame) => frame.startsWith('{"type":"messages"')).map((frame) => JSON.parse(frame));
const messagesOf = (client: Client): Message[] => framesOf(client).flatMap(({ messages }) => messages);

/** Publishes broadcasts, ten in a request. */
async function publish(name: 'Live' | 'Kept' | 'Window', texts: readonly string[], attributes: Record<string, string> = {}): Promise<void> {
  const sqs = queuesClient(served.local.sqsEndpoint);
  const [, QueueUrl] = Object.entries(served.local.queues).find(([id]) => id.startsWith(`${name}BroadcastQueue`))!;
  const MessageAttributes = Object.fromEntries(Object.entries(attributes).map(([key, StringValue]) => [key, { DataType: 'String', StringValue }]));
  for (let first = 0; first < texts.length; first += 10) {
    const Entries = texts.slice(first, first + 10).map((MessageBody, nth) => ({ Id: String(nth), MessageBody, MessageAttributes }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  sqs.destroy();
}

test('the answer to the ping names the layer', async () => {
  const ann = await served.join('Live');
  ann.send('{"action":"ping"}');
  expect(JSON.parse(await ann.frame((frame) => frame.includes('pong')))).toEqual({ action: 'pong', v: 1, layers: ['batch'] });
});

test.each(['Live', 'Kept'] as const)('a client\'s message has a frame to itself when no other waits (%s)', async (name) => {
  const [ann, bob] = [await served.join(name), await served.join(name)];
  ann.send(`hello ${name}`);
  await eventually(() => messagesOf(bob).length === 1 && messagesOf(ann).length === 1);
  expect(framesOf(bob)).toEqual([{
    type: 'messages',
    messages: [{
      type: 'message',
      id: expect.any(String),
      from: expect.any(String),
      sentAt: expect.any(Number),
      message: `hello ${name}`,
      ...(name === 'Kept' && { position: expect.any(Number) }),
    }],
  }]);
});

test.each(['Live', 'Kept', 'Window'] as const)('messages that publishers send at once share frames, and everybody gets each once (%s)', async (name) => {
  const clients = [await served.join(name), await served.join(name), await served.join(name)];
  const texts = Array.from({ length: 60 }, (_, nth) => `${name} ${nth}`);
  await publish(name, texts);
  await eventually(() => clients.every((client) => messagesOf(client).length >= texts.length), 20_000);
  for (const client of clients) {
    expect(messagesOf(client).map(({ message }) => message).sort()).toEqual([...texts].sort());
    expect(framesOf(client).length).toBeLessThan(texts.length);
  }
});

test('a message that excludes a connection has a frame of its own', async () => {
  const [ann, bob] = [await served.join('Live'), await served.join('Live')];
  ann.send('who am I');
  await eventually(() => messagesOf(bob).length === 1);
  const [{ from }] = messagesOf(bob);
  await publish('Live', ['for bob'], { exclude: from! });
  await publish('Live', ['for both']);
  await eventually(() => messagesOf(bob).length === 3 && messagesOf(ann).length === 2);
  expect(messagesOf(ann).map(({ message }) => message)).toEqual(['who am I', 'for both']);
});

test('a publisher\'s message in another format is not batched', async () => {
  const ann = await served.join('Live');
  await publish('Live', ['plain'], { format: 'RAW' });
  await publish('Live', ['named'], { format: 'BATCH' });
  await ann.frame((frame) => frame === 'plain');
  await eventually(() => messagesOf(ann).length === 1);
});

test('fifty messages a second from five clients all reach twenty clients, once, and in the order of their positions', async () => {
  const clients: Client[] = [];
  for (let nth = 0; nth < 20; nth++) clients.push(await served.join('Kept'));
  const sent: string[] = [];
  for (let tick = 0; tick < 20; tick++) {
    for (const [nth, client] of clients.slice(0, 5).entries()) {
      const text = `tick ${tick} of ${nth}`;
      sent.push(text);
      client.send(text);
    }
    await sleep(100);
  }
  await eventually(() => clients.every((client) => messagesOf(client).length >= sent.length), 30_000);
  for (const client of clients) {
    const messages = messagesOf(client);
    expect(messages.map(({ message }) => message).sort()).toEqual([...sent].sort());
    for (const { messages: together } of framesOf(client)) {
      const positions = together.map(({ position }: Message) => position);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
    }
  }
  expect(new Set(messagesOf(clients[0]).map(({ position }) => position)).size).toBe(sent.length);
}, 60_000);
