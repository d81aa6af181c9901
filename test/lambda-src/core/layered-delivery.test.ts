import { addresseesOf, fakeBatch, recordsOf, type BatchWorld } from './fake-batch';
import { rows, status } from './fakes';
import { CHANNEL, MemoryTable, message, NOW } from './log/memory-table';
import { VirtualClock } from '../../../harness/virtual-clock';
import { handleLayeredRecords, type LayeredRecord } from '../../../lambda-src/core/layered-delivery';
import { LogThrottledError } from '../../../lambda-src/core/log/log-table';
import { lookBack } from '../../../lambda-src/core/log/look-back';
import { writePlaced } from '../../../lambda-src/core/log/publishers';
import { writeWorkItem } from '../../../lambda-src/core/work-item';

interface Situation extends BatchWorld {
  readonly table?: MemoryTable;
}

/** Handles one batch; the history outlives it. */
async function run(records: readonly Partial<LayeredRecord>[], { table = new MemoryTable(), ...world }: Situation = {}) {
  const clock = new VirtualClock(NOW);
  const { ports, sender, reported, errors } = fakeBatch(clock, { pages: [rows(3, NOW)], ...world });
  const unavailable: string[] = [];
  const failures = await clock.runUntil(handleLayeredRecords(recordsOf(records, NOW), NOW + 29_500, {
    ...ports,
    format: 'ENVELOPE',
    addressees: addresseesOf(),
    log: {
      append: (channel, each) => table.writer().append(channel, each, Infinity),
      appendAll: (channel, messages) => table.writer().appendAll(channel, messages, Infinity),
      find: (channel, ids, notBefore) => lookBack(table, channel, ids, notBefore),
    },
    history: { failed: (messageId, error) => unavailable.push(`${messageId} ${error.name}`) },
  }));
  const sent = sender.bodies.map((body) => JSON.parse(body)).sort((one, other) => one.position - other.position);
  const expired = reported.filter(({ tally }) => tally.expired > 0).map(({ id }) => id);
  return { failures, errors: errors.map((each) => each.join(' ')), unavailable, expired, sent, table };
}

const placedRecord = (position: number, over: Partial<LayeredRecord> = {}): Partial<LayeredRecord> => ({
  isPlaced: true, ...writePlaced({ channel: CHANNEL, message: message(`c${position}`), placed: { epoch: 'e', position } }), ...over,
});
const heldIds = async (table: MemoryTable) => (await table.held()).map((entry) => entry.message?.id);

describe('a publisher\'s message', () => {
  test('is in the history when it is delivered, with its position', async () => {
    const { failures, sent, table } = await run([{ attributes: { id: 'order-1' } }, {}]);
    expect(failures).toEqual([]);
    expect(sent).toEqual([
      { type: 'message', id: 'order-1', sentAt: NOW - 1_000, message: 'text 0', position: 1 },
      { type: 'message', id: 'm1', sentAt: NOW - 1_000, message: 'text 1', position: 2 },
    ]);
    expect(await heldIds(table)).toEqual(['order-1', 'm1']);
  });

  test('that is received again keeps its position and its text, also beside others', async () => {
    const table = new MemoryTable();
    await run([{ messageId: 'a' }, { messageId: 'b' }], { table, pages: [new Error('unreadable')] });
    const { sent } = await run([{ messageId: 'new' }, { messageId: 'b', receipts: 2 }, { messageId: 'a', receipts: 3 }], { table });
    expect(sent.map(({ id, position, message: text }) => [id, position, text])).toEqual([['a', 1, 'text 0'], ['b', 2, 'text 1'], ['new', 3, 'text 0']]);
  });

  test('that reached nobody is received again', async () => {
    const { failures, table } = await run([{}], { pages: [new Error('unreadable')] });
    expect(failures).toEqual(['m0']);
    expect(await heldIds(table)).toEqual(['m0']);
  });

  test('is received again, undelivered, if the table accepts no more, and does not delay the others', async () => {
    const table = new MemoryTable();
    let fills = 0;
    table.before = ({ kind }) => {
      if (kind === 'fill' && ++fills === 1) throw new LogThrottledError(new Error('throttled'));
    };
    const { failures, unavailable, errors, sent } = await run([{}, {}, placedRecord(7)], { table });
    expect([failures, unavailable, errors]).toEqual([['m0'], ['m0 LogThrottledError'], []]);
    expect(sent.map(({ id }) => id)).toEqual(['m1', 'c7']);
  });

  test('that is received again is not appended while the log cannot be searched for it', async () => {
    const table = new MemoryTable();
    table.before = ({ kind }) => {
      if (kind === 'origin') throw new LogThrottledError(new Error('throttled'));
    };
    const { failures, unavailable, sent } = await run([{ receipts: 2 }], { table });
    expect([failures, unavailable, sent]).toEqual([['m0'], ['m0 LogThrottledError'], []]);
    expect(await heldIds(table)).toEqual([]);
  });

  test.each<[string, Partial<LayeredRecord>, string]>([
    ['another format', { attributes: { format: 'RAW' } }, 'RefusedPublicationError'],
    ['a target, which there are none of', { attributes: { to: 'room' } }, 'RefusedPublicationError'],
    ['no text', { body: '' }, 'RefusedPublicationError'],
    ['more than fits with any position', { body: 'x'.repeat(24 * 1024 - 90) }, 'MessageTooLargeError'],
  ])('with %s is refused, and takes no position', async (_what, record, name) => {
    const { failures, errors, unavailable, table } = await run([record]);
    expect([failures, errors, unavailable]).toEqual([['m0'], [`m0 ${name}`], []]);
    expect(table.requests).toEqual([]);
  });

  test('that is too old is counted, and takes no position', async () => {
    const { failures, expired, sent, table } = await run([{ sentAt: NOW - 300_000 }]);
    expect([failures, expired, sent]).toEqual([[], ['m0'], []]);
    expect(table.requests).toEqual([]);
  });

  test('leaves out the connections that it excludes, in the live frame only', async () => {
    const posts: string[] = [];
    const { table } = await run([{ attributes: { exclude: 'c1' } }], { answer: (id) => (posts.push(id), status(200)) });
    expect(posts.sort()).toEqual(['c0', 'c2']);
    expect(await heldIds(table)).toEqual(['m0']);
  });
});

describe('a client\'s message, which already has its position', () => {
  test('is delivered as it was written, the history untouched, however often it is received', async () => {
    for (const receipts of [1, 3]) {
      const { failures, sent, table } = await run([placedRecord(9, { receipts })]);
      expect(failures).toEqual([]);
      expect(sent).toEqual([{ type: 'message', id: 'c9', sentAt: NOW, message: 'c9', position: 9 }]);
      expect(table.requests).toEqual([]);
    }
  });

  test('is recognised by its queue only: on the queue of publishers it is appended as text, or refused', async () => {
    const forged = placedRecord(9, { isPlaced: false });
    expect((await run([forged])).errors).toEqual(['m0 RefusedPublicationError']);
    const { sent } = await run([{ ...forged, attributes: {} }]);
    expect(sent).toMatchObject([{ message: forged.body, position: 1 }]);
  });
});

test('work items are delivered, the history untouched', async () => {
  const item = { id: 'large', body: Buffer.from('{"position":4}'), expiresAt: NOW + 60_000, recipients: rows(5, NOW), attempt: 0, hop: 0 };
  const { failures, sent, table } = await run([{ isWorkItem: true, body: writeWorkItem(item) }]);
  expect([failures, sent]).toEqual([[], [{ position: 4 }]]);
  expect(table.requests).toEqual([]);
});
