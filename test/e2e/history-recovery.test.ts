import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { ChannelAccess, FanOut, MessageFormat } from '../../src';

/* The history for clients, with the shipped bundles. */

const HISTORY = { messageFormat: MessageFormat.ENVELOPE, history: {} };

let served: Served<'Direct' | 'Queued' | 'Watched'>;

beforeAll(async () => {
  served = await Served.start({
    Direct: () => HISTORY,
    Queued: () => ({ ...HISTORY, fanOut: FanOut.queued() }),
    Watched: () => ({ ...HISTORY, fanOut: FanOut.queued(), publishAccess: ChannelAccess.nobody() }),
  });
}, 120_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

const PONG = { action: 'pong', v: 1, layers: ['history'] };

const framesOf = (client: { readonly frames: readonly string[] }) => client.frames.map((frame) => JSON.parse(frame));

/** Learns the epoch first, like a client that connects for the first time. */
async function historySince(client: { readonly frames: readonly string[]; send(text: string): void }, since: number) {
  const answered = async (ref: string, request: object) => {
    client.send(JSON.stringify({ action: 'history', ref, ...request }));
    await eventually(() => framesOf(client).some((frame) => frame.ref === ref));
    return framesOf(client).find((frame) => frame.ref === ref);
  };
  const { epoch } = await answered('start', {});
  return answered('h', { since, epoch });
}

async function publishByQueue(api: 'Direct' | 'Queued' | 'Watched', text: string): Promise<void> {
  const sqs = queuesClient(served.local.sqsEndpoint);
  const [, queueUrl] = Object.entries(served.local.queues).find(([id]) => id.startsWith(`${api}BroadcastQueue`))!;
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text }));
  sqs.destroy();
}

describe.each(['Direct', 'Queued'] as const)('%s fan-out', (name) => {
  test('a message is acknowledged, delivered with its position, and recovered by a client that was away', async () => {
    const [ann, bob] = [await served.join(name), await served.join(name)];
    ann.send('{"action":"ping"}');
    await eventually(() => ann.frames.length === 1);
    expect(framesOf(ann)).toEqual([PONG]);

    ann.send(JSON.stringify({ action: 'publish', ref: 'r1', message: 'hello' }));
    await eventually(() => bob.frames.length === 1 && framesOf(ann).some(({ type }) => type === 'ack'));
    const [message] = framesOf(bob);
    const ack = framesOf(ann).find(({ type }) => type === 'ack');
    expect(message).toMatchObject({ type: 'message', message: 'hello', position: expect.any(Number) });
    expect(ack).toEqual({ type: 'ack', ref: 'r1', id: message.id, position: message.position, ...(name === 'Direct' && { delivered: 2 }) });

    bob.send('plain text');
    await eventually(() => framesOf(ann).some((frame) => frame.message === 'plain text'));

    const cid = await served.join(name);
    const page = await historySince(cid, message.position - 1);
    expect(page).toMatchObject({ type: 'history', ref: 'h', recovered: true, more: false, position: message.position + 1 });
    expect(page.messages.map((each: { message: string; position: number }) => [each.position - message.position, each.message])).toEqual([[0, 'hello'], [1, 'plain text']]);
  }, 30_000);
});

test('clients that only receive read what a backend published, and publish nothing', async () => {
  const watcher = await served.join('Watched');
  await publishByQueue('Watched', '42');
  await eventually(() => watcher.frames.length === 1);
  const [message] = framesOf(watcher);
  expect(message).toMatchObject({ type: 'message', message: '42', position: expect.any(Number) });

  watcher.send(JSON.stringify({ action: 'publish', ref: 'r', message: 'mine' }));
  await eventually(() => watcher.frames.length === 2);
  expect(framesOf(watcher)[1]).toMatchObject({ message: 'Forbidden' });

  expect(await historySince(watcher, message.position - 1)).toMatchObject({ type: 'history', ref: 'h', recovered: true, messages: [{ message: '42', position: message.position }] });
}, 30_000);
