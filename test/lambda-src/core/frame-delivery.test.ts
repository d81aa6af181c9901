import * as fc from 'fast-check';
import { addresseesOf, fakeBatch, recordsOf } from './fake-batch';
import { rows, status } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import type { Connection } from '../../../lambda-src/core/connection';
import { deliverInFrames, type FrameDeliveryPorts, type FrameRecord } from '../../../lambda-src/core/frame-delivery';

/** Settings of an API with shared frames and without channels. */
const FRAMING = { format: 'ENVELOPE', addressees: addresseesOf() } as const;

interface Situation {
  readonly records: (now: number) => Partial<FrameRecord>[];
  readonly pages?: (now: number) => (readonly Connection[] | Error)[];
}

const placed = (position: number, text = `text ${position}`): Partial<FrameRecord> => ({
  isPlaced: true, attributes: { format: 'RAW', id: `id-${position}` }, body: JSON.stringify({ type: 'message', id: `id-${position}`, sentAt: 1, message: text, position }),
});

async function run({ records, pages }: Situation) {
  const clock = new VirtualClock();
  const start = clock.now();
  const { ports, ...fakes } = fakeBatch(clock, { pages: pages?.(start) });
  const framed: [number, number][] = [];
  const failures = await clock.runUntil(deliverInFrames(recordsOf(records(start), start), start + 29_500, {
    ...ports, ...FRAMING, frames: { framed: (messages, frames) => framed.push([messages, frames]) },
  }));
  return { failures, framed, ...fakes, sendsReserved: ports.budget.asked.reduce((sum, { sends }) => sum + sends, 0) };
}

const textsOf = (body: string) => JSON.parse(body).messages.map(({ message }: { message: string }) => message);

test('messages of a batch are sent in one frame, with one read of the table', async () => {
  const { failures, sender, source, framed } = await run({ records: () => [{}, {}, {}] });
  expect(failures).toEqual([]);
  expect(source.pagesRead).toBe(1);
  expect(sender.posts).toHaveLength(10);
  expect(sender.bodies.map(textsOf)).toEqual([['text 0', 'text 1', 'text 2']]);
  expect(framed).toEqual([[3, 1]]);
});

test('a batch uses one permit for each frame and recipient, however many messages the frame holds', async () => {
  const pages = (now: number) => [rows(200, now)];
  const reserved = async (...records: Partial<FrameRecord>[]) => (await run({ records: () => records, pages })).sendsReserved;
  const one = await reserved({});
  expect(one).toBe(180); // The first 20 are free.
  expect(await reserved(...Array.from({ length: 50 }, () => ({})))).toBe(one);
  const alone = { attributes: { exclude: 'somebody' } };
  expect(await reserved(alone, alone, alone)).toBe(3 * one);
});

test('messages with positions are sent in their order, as they were written', async () => {
  const { sender } = await run({ records: () => [placed(8), placed(7), placed(9)] });
  expect(sender.bodies.map(textsOf)).toEqual([['text 7', 'text 8', 'text 9']]);
  expect(JSON.parse(sender.bodies[0]).messages[0]).toEqual({ type: 'message', id: 'id-7', sentAt: 1, message: 'text 7', position: 7 });
});

test('only the connections that a message excludes do not get it', async () => {
  const { sender } = await run({ records: () => [{}, { attributes: { exclude: 'c0' } }, {}] });
  expect(sender.bodies.map(textsOf).sort()).toEqual([['text 0', 'text 2'], ['text 1']]);
  expect(sender.triesOf('c0')).toBe(1);
  expect(sender.triesOf('c1')).toBe(2);
});

test('a message with a format of its own is sent alone', async () => {
  const { sender, framed, source } = await run({ records: () => [{ attributes: { format: 'RAW' } }, {}, {}] });
  expect(sender.bodies.sort()).toEqual(['text 0', expect.stringContaining('"messages":[')]);
  expect(framed).toEqual([[2, 1]]);
  expect(source.pagesRead).toBe(1);
});

test('a refused message does not hold back the others', async () => {
  const { failures, errors, sender } = await run({ records: () => [{ body: 'x'.repeat(24 * 1024) }, {}, { attributes: { format: 'none' } }, {}] });
  expect(failures.sort()).toEqual(['m0', 'm2']);
  expect(errors.sort()).toEqual([['m0', 'MessageTooLargeError'], ['m2', 'RefusedPublicationError']]);
  expect(sender.bodies.map(textsOf)).toEqual([['text 1', 'text 3']]);
});

test('all messages of a failed frame are received again', async () => {
  const { failures, sender } = await run({ records: () => [{}, {}, { attributes: { format: 'RAW' } }], pages: () => [new Error('throttled')] });
  expect(sender.posts).toEqual([]);
  expect(failures.sort()).toEqual(['m0', 'm1', 'm2']);
});

test('a frame to many recipients is cut into work items as a whole', async () => {
  const { failures, queue } = await run({ records: () => [{}, {}], pages: (now) => [rows(2_500, now)] });
  expect(failures).toEqual([]);
  expect(queue.items.map(({ body, recipients }) => [textsOf(Buffer.from(body).toString()), recipients.length])).toEqual([
    [['text 0', 'text 1'], 1_000], [['text 0', 'text 1'], 1_000], [['text 0', 'text 1'], 500],
  ]);
});

interface Drawn {
  readonly excludes?: string;
  readonly bytes: number;
  /** Milliseconds. */
  readonly sentAgo: number;
}

/**
 * A queue that delivers failed messages again, up to three times; work items that wait for workers; a table and an endpoint that fail at
 * random.
 */
async function simulate(draws: readonly number[], messages: readonly Drawn[]) {
  const clock = new VirtualClock();
  const start = clock.now();
  let nth = 0;
  const random = () => draws[nth++ % draws.length];
  const got = new Map<string, string[]>();
  const dead: string[] = [];
  const items: string[] = [];
  const recipients = rows(5, start);
  let pending: FrameRecord[] = messages.map(({ excludes, bytes, sentAgo }, index) => ({
    isWorkItem: false,
    isPlaced: false,
    messageId: `m${index}`,
    body: `${index} ${'x'.repeat(bytes)}`,
    sentAt: start - sentAgo,
    receipts: 1,
    attributes: excludes === undefined ? {} : { exclude: excludes },
  }));
  while (pending.length > 0 || items.length > 0) {
    const work = items.splice(0).map((body, index): FrameRecord => ({
      isWorkItem: true, isPlaced: false, messageId: `w${index}`, body, sentAt: start, receipts: 1, attributes: {},
    }));
    const batch = [...pending, ...work];
    const unreadable = random() < 0.3;
    const { ports } = fakeBatch(clock, { pages: unreadable ? [new Error('throttled')] : [recipients] });
    const failures = new Set(await clock.runUntil(deliverInFrames(batch, clock.now() + 29_500, {
      ...ports,
      ...FRAMING,
      sender: {
        begin: (body) => ({
          post: async (id) => {
            await clock.sleep(20);
            if (random() < 0.2) return status(429);
            for (const text of textsOf(Buffer.from(body).toString())) got.set(id, [...got.get(id) ?? [], text.split(' ')[0]]);
            return status(200);
          },
          end: () => undefined,
        }),
        maxInFlight: 128,
      } as FrameDeliveryPorts['sender'],
      queue: { send: async (entries) => { items.push(...entries.map(({ body }) => body)); } },
      frames: { framed: () => undefined },
    })));
    for (const { isWorkItem, messageId, receipts } of batch) {
      if (failures.has(messageId) && (isWorkItem || receipts === 3)) dead.push(messageId);
    }
    pending = pending.filter(({ messageId, receipts }) => failures.has(messageId) && receipts < 3)
      .map((record) => ({ ...record, receipts: record.receipts + 1 }));
  }
  return { got, dead, recipients };
}

test('however messages are batched, retried and excluded, each recipient gets each of its messages once', async () => {
  const draw = fc.double({ min: 0, max: 1, noNaN: true });
  const message = fc.record({
    excludes: fc.option(fc.constantFrom('c0', 'c1'), { nil: undefined }), bytes: fc.integer({ min: 1, max: 15_000 }), sentAgo: fc.integer({ min: 0, max: 9_000 }),
  });
  const world = [fc.array(draw, { minLength: 5, maxLength: 40 }), fc.array(message, { minLength: 1, maxLength: 12 })] as const;
  await fc.assert(fc.asyncProperty(...world, async (draws, messages) => {
    const { got, dead, recipients } = await simulate(draws, messages);
    for (const { connectionId } of recipients) {
      const texts = got.get(connectionId) ?? [];
      expect(new Set(texts).size).toBe(texts.length);
      for (const [index, { excludes }] of messages.entries()) {
        if (excludes === connectionId) expect(texts).not.toContain(String(index));
        // Out of attempts, a recipient has failed for a whole frame, and is counted.
        else if (!draws.some((drawn) => drawn < 0.2) && !dead.includes(`m${index}`)) expect(texts).toContain(String(index));
      }
    }
  }), { numRuns: 300 });
});
