import { setTimeout as sleep } from 'node:timers/promises';
import { HistoryServer, type Asking } from './support/history-server';
import { eventually } from '../../harness/eventually';
import { killProcess } from '../../harness/processes';
import type { AckFrame, ErrorFrame, HistoryFrame } from '../../lambda-src/core/log/frames';
import { FanOut } from '../../src';

let server: HistoryServer<'direct' | 'queued'>;

beforeAll(async () => {
  server = await HistoryServer.start({ direct: () => ({}), queued: () => ({ fanOut: FanOut.queued() }) });
}, 60_000);

afterEach(() => server.leave());
afterAll(() => server?.stop());


/** Reads everything after a position, until there is no more. */
async function readAll(asking: Asking, epoch: string, from: number): Promise<HistoryFrame['messages']> {
  const messages: HistoryFrame['messages'][number][] = [];
  for (let since = from; ;) {
    const page = await asking.ask<HistoryFrame | ErrorFrame>('history', { since, epoch });
    if (page.type !== 'history') throw new Error(`history was refused: ${page.code}`);
    expect(page.recovered).toBe(true);
    messages.push(...page.messages);
    since = page.position;
    if (!page.more) return messages;
    await sleep(page.wait ?? 0);
  }
}

test('if a function is killed after a message was appended and before it was delivered, clients that ask get it', async () => {
  const [ann, bob] = [await server.join('direct'), await server.join('direct')];
  const { position, epoch } = await bob.ask<HistoryFrame>('history');
  server.local.setFaults(['latency=20s']);
  ann.client.send(JSON.stringify({ action: 'publish', ref: 'lost', message: 'in the history only' }));
  const other = await server.join('direct');
  const found = await eventually(async () => {
    const page = await other.ask<HistoryFrame>('history', { since: position, epoch });
    return page.messages.length > 0 && page.messages;
  });
  expect(found.map(({ message }) => message)).toEqual(['in the history only']);
  await server.killFunctions();
  server.local.setFaults([]);
  await ann.client.frame((frame) => frame.includes('Internal server error'));
  expect(bob.messages).toEqual([]);
  // A reader has it; sent again, it keeps its position, and reaches the others.
  expect((await readAll(bob, epoch, position)).map(({ message }) => message)).toEqual(['in the history only']);
  ann.client.send(JSON.stringify({ action: 'publish', ref: 'lost', message: 'in the history only', again: true }));
  expect(await bob.message('in the history only')).toMatchObject({ id: found[0].id, position: found[0].position });
}, 60_000);

test('a publisher\'s message that is received again keeps its position', async () => {
  const bob = await server.join('direct');
  const { position, epoch } = await bob.ask<HistoryFrame>('history');
  server.local.setFaults(['latency=20s']);
  await server.publish('direct', 'handed out again', { id: 'order-7' });
  const [first] = await eventually(async () => {
    const page = await bob.ask<HistoryFrame>('history', { since: position, epoch });
    return page.messages.length > 0 && page.messages;
  });
  await server.killFunctions();
  server.local.setFaults([]);
  expect(await bob.message('handed out again')).toEqual(first);
  expect(first).toMatchObject({ id: 'order-7', position: position + 1 });
  expect(await readAll(bob, epoch, position)).toEqual([first]);
}, 60_000);

const KILLS = 40;
/** Leaves time for some messages in between. */
const MOST_BETWEEN_KILLS_MILLIS = 1_200;

/** Publishes until the acknowledgement arrives, as the client package does. */
async function publishSurely(asking: Asking, ref: string, message: string): Promise<AckFrame> {
  for (let again = false; ; again = true) {
    const before = asking.client.frames.length;
    asking.client.send(JSON.stringify({ action: 'publish', ref, message, session: 'session-of-the-survivor', ...(again && { again }) }));
    const answer = await eventually(() => asking.client.frames.slice(before)
      .find((frame) => frame.includes('Internal server error') || frame.includes(`"ref":"${ref}"`)), 40_000);
    const frame = JSON.parse(answer) as AckFrame | ErrorFrame;
    if (frame.type === 'ack') return frame;
  }
}

/** Publishes until there were so many kills; what was acknowledged is then what is kept. Returns how to begin, once both clients are there. */
async function survivor(mode: 'direct' | 'queued'): Promise<(isOver: () => boolean) => Promise<void>> {
  const [ann, bob] = [await server.join(mode), await server.join(mode)];
  const { position, epoch } = await bob.ask<HistoryFrame>('history');
  return async (isOver) => {
    const acks: AckFrame[] = [];
    while (!isOver()) acks.push(await publishSurely(ann, `k${acks.length}`, `message ${acks.length}`));
    acks.push(await publishSurely(ann, 'last', 'the last'));
    const messages = await readAll(await server.join(mode), epoch, position);
    const positions = messages.map((message) => message.position!);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
    // Comparing each message with all others would stop the runner, which is in this process, for ten seconds.
    const kept = new Map(messages.map((message) => [message.position, message]));
    for (const { id, position: at } of acks) expect(kept.get(at)?.id).toBe(id);
    // A function killed after the fill leaves its message where a repetition finds it.
    expect(messages.map(({ id }) => id)).toEqual([...new Set(messages.map(({ id }) => id))]);
    expect(messages).toHaveLength(acks.length);
    // A message of an earlier test may still reach Bob, with an earlier position.
    const here = bob.messages.filter((message) => message.position! > position);
    expect(here).not.toHaveLength(0);
    for (const message of here) expect(kept.get(message.position)).toEqual(message);
  };
}

test(`of ${KILLS} kills at random, none loses or repeats what was acknowledged, direct or queued`, async () => {
  const survivors = await Promise.all((['direct', 'queued'] as const).map(survivor));
  let kills = 0;
  const isOver = () => kills >= KILLS;
  const killer = async () => {
    while (!isOver()) {
      await sleep(Math.random() * MOST_BETWEEN_KILLS_MILLIS);
      const pids = server.functionPids();
      if (pids.length === 0) continue;
      killProcess(pids[Math.floor(Math.random() * pids.length)]);
      kills++;
    }
  };
  try {
    await Promise.all([killer(), ...survivors.map((survive) => survive(isOver))]);
  } finally {
    kills = KILLS;
  }
}, 240_000);
