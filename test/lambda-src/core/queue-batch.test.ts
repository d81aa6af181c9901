import { fakeBatch, recordsOf, type BatchWorld } from './fake-batch';
import { rows, status } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import type { Connection } from '../../../lambda-src/core/connection';
import { handleRecords, type QueueRecord } from '../../../lambda-src/core/queue-batch';
import { writeWorkItem } from '../../../lambda-src/core/work-item';

interface Situation extends Omit<BatchWorld, 'pages'> {
  readonly records: (now: number) => Partial<QueueRecord>[];
  readonly pages?: (now: number) => (readonly Connection[] | Error)[];
}

async function run({ records, pages, ...world }: Situation) {
  const clock = new VirtualClock();
  const start = clock.now();
  const { ports, reported, ...fakes } = fakeBatch(clock, { ...world, pages: pages?.(start) });
  const given = recordsOf(records(start), start);
  const failures = await clock.runUntil(handleRecords(given, start + 29_500, { ...ports, format: 'RAW', maxBytes: 128 * 1024 }));
  expect(clock.pending).toBe(0);
  return { failures, reported: reported.map(({ id, tally }) => [id, tally] as const), ...fakes };
}

const itemTo = (count: number, now: number, over: object = {}) => writeWorkItem({
  id: 'large', body: Buffer.from('part'), expiresAt: now + 60_000, recipients: rows(count, now), attempt: 0, hop: 0, ...over,
});

describe('messages', () => {
  test('to few are delivered with one read of the table, each with a report of its own', async () => {
    const { failures, sender, source, reported, queue } = await run({ records: () => [{}, { attributes: { exclude: 'c0,c1' } }] });
    expect(failures).toEqual([]);
    expect(source.pagesRead).toBe(1);
    expect(sender.bodies.sort()).toEqual(['text 0', 'text 1']);
    expect(sender.posts).toHaveLength(18);
    expect(reported.map(([id, { delivered }]) => [id, delivered])).toEqual([['m0', 10], ['m1', 8]]);
    expect(queue.batches).toEqual([]);
  });

  test('to many are put on the queue, and nothing is sent here', async () => {
    const { failures, sender, queue } = await run({ records: () => [{}], pages: (now) => [rows(2_500, now)] });
    expect(failures).toEqual([]);
    expect(sender.posts).toEqual([]);
    expect(queue.items.map(({ id, recipients }) => [id, recipients.length])).toEqual([['m0', 1_000], ['m0', 1_000], ['m0', 500]]);
  });

  test('that cannot be broadcast fail, and the others arrive', async () => {
    const { failures, sender, errors } = await run({ records: () => [{ attributes: { to: 'a=' } }, {}, { body: 'x'.repeat(128 * 1024 + 1) }] });
    expect(failures).toEqual(['m0', 'm2']);
    expect(errors).toEqual([['m0', 'RefusedPublicationError'], ['m2', 'MessageTooLargeError']]);
    expect(sender.bodies).toEqual(['text 1']);
  });

  test('that are too old are dropped and counted, without a read of the table', async () => {
    const { failures, reported, source } = await run({ records: (now) => [{ sentAt: now - 300_000 }] });
    expect(failures).toEqual([]);
    expect(reported).toMatchObject([['m0', { expired: 1, recipients: 0 }]]);
    expect(source.pagesRead).toBe(0);
  });

  test('that come back from the dead-letter queue are as old as they were', async () => {
    const { reported, source } = await run({ records: (now) => [{ sentAt: now, attributes: { sentAt: String(now - 300_000) } }] });
    expect(reported).toMatchObject([['m0', { expired: 1, recipients: 0 }]]);
    expect(source.pagesRead).toBe(0);
  });

  test('are all received again when the table cannot be read, or the queue refuses them', async () => {
    expect((await run({ records: () => [{}, {}], pages: () => [new Error('throttled')] })).failures).toEqual(['m0', 'm1']);
    expect((await run({ records: () => [{}, {}], pages: (now) => [rows(2_000, now)], fate: () => new Error('denied') })).failures).toEqual(['m0', 'm1']);
  });

  test('of which one is denied: it is received again, and its recipients are counted only the last time', async () => {
    const deny = (receipts: number) => run({ records: () => [{ receipts }], answer: () => status(403), pages: (now) => [rows(30, now)] });
    for (const receipts of [1, 2]) {
      const { failures, reported } = await deny(receipts);
      expect(failures).toEqual(['m0']);
      expect(reported).toMatchObject([['m0', { recipients: 0, failed: 0, abandoned: 0, requeued: 30 }]]);
    }
    const { failures, reported } = await deny(3);
    expect(failures).toEqual(['m0']);
    expect(reported).toMatchObject([['m0', { recipients: 30, failed: 30, requeued: 0 }]]);
  });

  test('that look like a work item are messages', async () => {
    const { sender } = await run({ records: (now) => [{ body: itemTo(500, now) }] });
    expect(sender.posts).toHaveLength(10);
  });
});

describe('work items', () => {
  test('are delivered to their own recipients, and the table is not read', async () => {
    const { failures, sender, source, reported } = await run({ records: (now) => [{ isWorkItem: true, body: itemTo(700, now) }] });
    expect(failures).toEqual([]);
    expect(sender.posts).toHaveLength(700);
    expect(source.pagesRead).toBe(0);
    expect(reported).toMatchObject([['large', { recipients: 700, delivered: 700 }]]);
  });

  test('that are malformed fail, and the others are delivered', async () => {
    const { failures, errors, sender } = await run({ records: (now) => [{ isWorkItem: true }, { isWorkItem: true, body: itemTo(5, now) }] });
    expect(failures).toEqual(['m0']);
    expect(errors).toEqual([['m0', 'MalformedWorkItemError']]);
    expect(sender.posts).toHaveLength(5);
  });

  test('are received again when their remaining recipients cannot be put back', async () => {
    const { failures, errors } = await run({
      records: (now) => [{ isWorkItem: true, body: itemTo(5, now) }], answer: () => status(429), fate: () => new Error('denied'),
    });
    expect(failures).toEqual(['m0']);
    expect(errors).toEqual([['m0', 'QueueRefusedError']]);
  });
});
