import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Size } from 'aws-cdk-lib';
import type { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { FanOut, MessageFormat, MessageRateLimit } from '../../src';

/* Attempts of one hostile client to harm the others. Floods are in limits.test.ts, forged tokens in jwt.test.ts. */

const APIS = {
  Chat: () => ({ messageFormat: MessageFormat.ENVELOPE }),
  Attributed: () => ({}),
  Queued: () => ({ messageFormat: MessageFormat.ENVELOPE, fanOut: FanOut.queued() }),
  Roomy: () => ({ messageFormat: MessageFormat.RAW, maxMessageSize: Size.kibibytes(128), messageRateLimit: MessageRateLimit.unlimited() }),
  Guarded: () => ({ allowedOrigins: ['https://app.example.com'] }),
};

let served: Served<keyof typeof APIS>;

beforeAll(async () => {
  served = await Served.start(APIS);
}, 60_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

const KILOBYTE = 1024;

/** Sends a message in frames of at most 32 KB. */
function sendLarge({ socket }: Client, text: string): void {
  for (let start = 0; start < text.length; start += 32 * KILOBYTE) {
    socket.send(text.slice(start, start + 32 * KILOBYTE), { fin: start + 32 * KILOBYTE >= text.length, binary: false });
  }
}

const saying = (text: string) => (frame: string) => frame.includes(text);

/** Expects that Ann still reaches Bob, who has received nothing else meanwhile. */
async function expectUndisturbed(ann: Client, bob: Client): Promise<void> {
  ann.send('still here?');
  await bob.frame(saying('still here?'));
  expect(bob.frames).toHaveLength(1);
}

describe('a message of 128 KB', () => {
  test('reaches nobody, and its sender gets an error', async () => {
    const [eve, ann, bob] = [await served.join('Chat'), await served.join('Chat'), await served.join('Chat')];
    sendLarge(eve, 'x'.repeat(128 * KILOBYTE));
    await eve.frame(saying('Internal server error'));
    await expectUndisturbed(ann, bob);
  });

  test.each([['in one frame', 1], ['and one byte', 4]])('%s closes the connection of its sender, and no other', async (what, frames) => {
    const [eve, ann, bob] = [await served.join('Chat'), await served.join('Chat'), await served.join('Chat')];
    const closed = once(eve.socket, 'close');
    if (frames === 1) eve.send('x'.repeat(128 * KILOBYTE));
    else sendLarge(eve, 'x'.repeat(128 * KILOBYTE + 1));
    expect([what, (await closed)[0]]).toEqual([what, 1009]);
    await expectUndisturbed(ann, bob);
  });
});

test('a binary frame closes the connection of its sender, and no other', async () => {
  const [eve, ann, bob] = [await served.join('Chat'), await served.join('Chat'), await served.join('Chat')];
  const closed = once(eve.socket, 'close');
  eve.socket.send(Buffer.from([0, 1, 2]));
  expect((await closed)[0]).toBe(1003);
  await expectUndisturbed(ann, bob);
  await eventually(async () => (await served.rowIds('Chat')).length === 2);
});

test('half-open connections leave no row and delay nobody', async () => {
  const { hostname, port } = new URL(served.url('Chat'));
  const sockets: Socket[] = [];
  for (let count = 0; count < 50; count++) {
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    await once(socket, 'connect');
    // Some send nothing, some begin a handshake.
    if (count % 2) socket.write('GET /prod HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Up');
    sockets.push(socket);
  }
  const [ann, bob] = [await served.join('Chat'), await served.join('Chat')];
  await expectUndisturbed(ann, bob);
  expect(await served.rowIds('Chat')).toHaveLength(2);
  for (const socket of sockets) socket.destroy();
});

test('a client that reads nothing does not affect the others', async () => {
  const [ann, bob, slow] = [await served.join('Roomy'), await served.join('Roomy'), await served.join('Roomy')];
  slow.socket.pause();
  const text = (index: number) => `${String(index).padStart(3, '0')}${'x'.repeat(120 * KILOBYTE)}`;
  for (let index = 0; index < 80; index++) sendLarge(ann, text(index));
  await eventually(() => bob.frames.length === 80, 30_000);
  expect(new Set(bob.frames.map((frame) => frame.slice(0, 3))).size).toBe(80);
  // The rest would be idle if the slow client had received everything.
  await eventually(() => /"Throttled":[1-9]/.test(served.printed()));
  slow.socket.resume();
}, 60_000);

describe('a forged action', () => {
  test.each([
    '{"action":"$connect"}', '{"action":"$disconnect"}', '{"action":"$default"}', '{"action":["ping"]}', '{"action":{"$ref":"ping"}}',
    '{"action":"kick","connectionId":"CONNECTION"}', '{"action":"broadcast","to":"CONNECTION","exclude":"CONNECTION"}',
    '{"requestContext":{"eventType":"DISCONNECT","connectionId":"CONNECTION"}}', '{"Records":[{"eventSourceARN":"x","body":"x"}]}',
  ])('%s is a text like any other', async (forged) => {
    const [eve, bob] = [await served.join('Chat'), await served.join('Chat')];
    const ids = await served.rowIds('Chat');
    const text = forged.replace(/CONNECTION/g, ids[0]);
    eve.send(text);
    expect(JSON.parse(await bob.frame(() => true))).toMatchObject({ type: 'message', message: text });
    expect((await served.rowIds('Chat')).sort()).toEqual([...ids].sort());
  });

  test('that looks like a work item of the queues is a text like any other', async () => {
    const [eve, bob] = [await served.join('Queued'), await served.join('Queued')];
    const [id] = await served.rowIds('Queued');
    const body = Buffer.from('forged').toString('base64');
    const text = JSON.stringify({ v: 1, id: 'x', expiresAt: Date.now() + 60_000, body, ids: [id], times: [0], attempt: 0, hop: 0 });
    eve.send(text);
    expect(JSON.parse(await bob.frame(() => true))).toMatchObject({ type: 'message', message: text });
    expect(bob.frames).toHaveLength(1);
  });
});

describe('a sender that gives itself another name', () => {
  test('is named by its connection id before all that it says', async () => {
    const [eve, bob] = [await served.join('Attributed'), await served.join('Attributed')];
    eve.send('"},{"message":"Bob says: give me money');
    const { message } = JSON.parse(await bob.frame(() => true)) as { message: string };
    const [, sender, text] = /^(\S+) says: (.*)$/s.exec(message)!;
    expect(await served.rowIds('Attributed')).toContain(sender);
    expect(text).toBe('"},{"message":"Bob says: give me money');
  });

  test('cannot change who a message is from', async () => {
    const [eve, bob] = [await served.join('Chat'), await served.join('Chat')];
    const text = '{"type":"message","id":"1","from":"Bob","sentAt":0,"message":"give me money"}","from":"Bob';
    eve.send(text);
    const envelope = JSON.parse(await bob.frame(() => true)) as { from: string; message: string };
    expect(envelope.message).toBe(text);
    expect(await served.rowIds('Chat')).toContain(envelope.from);
  });
});

test('the message, address and headers of a client appear in no log', async () => {
  const planted = (where: string) => `planted-${where}`;
  const metric = `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"RejectedMessages":1e9,"x":"${planted('metric')}"}`;
  const headers = { 'Origin': 'https://app.example.com', 'X-Planted': planted('header'), 'Cookie': planted('cookie'), 'User-Agent': planted('agent') };
  const [eve, bob] = [
    await served.join('Guarded', { query: `?token=${planted('query')}`, headers, protocols: ['chat', planted('subprotocol')] }),
    await served.join('Guarded', { headers }),
  ];
  eve.send(`${planted('body')}\n${metric}\r\n\u001b[31mERROR all is lost`);
  await bob.frame(saying('all is lost'));
  // The text fits into a frame, but with its sender's id it is too large.
  eve.send(planted('large').repeat(2_519));
  await eve.frame(saying('Internal server error'));
  expect(await served.refusal('Guarded', { headers: { Origin: `https://${planted('origin')}.test` }, query: `?x=${planted('refused')}` })).toBe(403);
  await eventually(() => served.printed().includes('a client was refused'));
  expect(served.printed()).not.toMatch(/planted-/);
});
