import { CHANNEL, MemoryTable, message, NOW } from './memory-table';
import type { LoggedMessage } from '../../../../lambda-src/core/log/log-table';
import { lookBack } from '../../../../lambda-src/core/log/look-back';
import { placeBatch, publishDirect, publishQueued, type PlacedMessage, type PublishLog } from '../../../../lambda-src/core/log/publish';

let table: MemoryTable;
let log: PublishLog;
let undelivered: PlacedMessage[];

beforeEach(() => {
  table = new MemoryTable();
  const writer = table.writer();
  undelivered = [];
  log = {
    append: (channel, each) => writer.append(channel, each, Infinity),
    appendAll: (channel, messages) => writer.appendAll(channel, messages, Infinity),
    find: (channel, ids, notBefore) => lookBack(table, channel, ids, notBefore),
  };
});

const asked = (id: string, again = false) => ({ channel: CHANNEL, message: message(id), again });
const note = (placed: PlacedMessage) => void undelivered.push(placed);
const heldIds = async () => (await table.held()).map((entry) => entry.message?.id);
const counts = () => {
  const counted: Record<string, number> = {};
  for (const { kind } of table.requests) counted[kind] = (counted[kind] ?? 0) + 1;
  return counted;
};

describe('in direct mode', () => {
  test('a message is in the log when it is delivered, and the answer has the number of deliveries', async () => {
    const deliver = jest.fn(async ({ placed: { position } }: PlacedMessage) => {
      expect(await heldIds()).toEqual(['a']);
      return position + 6;
    });
    expect(await publishDirect(asked('a'), { log, deliver, undelivered: note })).toMatchObject({ placed: { position: 1 }, delivered: 7 });
  });

  test('once its position is filled nothing is refused: a delivery that cannot start is reported', async () => {
    const deliver = async () => Promise.reject(new Error('the table is unreadable'));
    expect(await publishDirect(asked('a'), { log, deliver, undelivered: note })).toMatchObject({ placed: { position: 1 }, delivered: 0 });
    expect(undelivered).toMatchObject([{ message: { id: 'a' }, placed: { position: 1 } }]);
  });

  test('a message that cannot be appended is refused, and not delivered', async () => {
    table.before = ({ kind }) => {
      if (kind === 'fill') throw new Error('no');
    };
    const deliver = jest.fn();
    await expect(publishDirect(asked('a'), { log, deliver, undelivered: note })).rejects.toThrow('no');
    expect(deliver).not.toHaveBeenCalled();
  });

  test('a repetition with another text delivers the text that is stored', async () => {
    const deliver = jest.fn(async (_placed: PlacedMessage) => 1);
    const ports = { log, deliver, undelivered: note };
    await publishDirect(asked('a'), ports);
    await publishDirect({ ...asked('a', true), message: { ...message('a'), text: 'another', sentAt: NOW + 5 } }, ports);
    const [[first], [second]] = deliver.mock.calls;
    expect(second.message).toEqual(first.message);
  });

  test('a repeated message keeps its position, and is delivered again', async () => {
    const deliver = jest.fn(async () => 1);
    const ports = { log, deliver, undelivered: note };
    await publishDirect(asked('a'), ports);
    await publishDirect(asked('b'), ports);
    expect(await publishDirect(asked('a', true), ports)).toMatchObject({ placed: { position: 1 } });
    expect(await publishDirect(asked('c', true), ports)).toMatchObject({ placed: { position: 3 } });
    expect(await heldIds()).toEqual(['a', 'b', 'c']);
    expect(deliver).toHaveBeenCalledTimes(4);
  });

  test('the log is searched for a message only if the client says that it is a repetition', async () => {
    await publishDirect(asked('a'), { log, deliver: async () => 0, undelivered: note });
    expect(counts()).not.toHaveProperty('entries');
  });
});

describe('in queued mode', () => {
  test('a message is put on the queue with its position', async () => {
    const enqueue = jest.fn(async () => undefined);
    expect(await publishQueued(asked('a'), { log, enqueue, undelivered: note })).toMatchObject({ placed: { position: 1 }, isQueued: true });
    expect(enqueue).toHaveBeenCalledWith(expect.objectContaining({ channel: CHANNEL, placed: expect.objectContaining({ position: 1 }) }));
  });

  test('a message that the queue refuses keeps its position, which a repetition uses', async () => {
    const enqueue = jest.fn(async () => undefined).mockRejectedValueOnce(new Error('no'));
    const ports = { log, enqueue, undelivered: note };
    expect(await publishQueued(asked('a'), ports)).toMatchObject({ placed: { position: 1 }, isQueued: false });
    expect(undelivered).toHaveLength(1);
    expect(await publishQueued(asked('a', true), ports)).toMatchObject({ placed: { position: 1 }, isQueued: true });
    expect(await heldIds()).toEqual(['a']);
  });
});

describe('a batch', () => {
  const from = (id: string, more: object = {}) => ({ channel: CHANNEL, message: message(id), receipts: 1, ...more });

  test('reserves once for each channel, and keeps its order', async () => {
    const places = await placeBatch([from('a'), from('b', { channel: 'other' }), from('c'), from('d')], log);
    expect(places).toMatchObject([{ position: 1 }, { position: 1 }, { position: 2 }, { position: 3 }]);
    expect(await heldIds()).toEqual(['a', 'c', 'd']);
    // The first reservation of each channel found no origin.
    expect(counts()).toEqual({ reserve: 4, create: 2, fill: 4 });
  });

  test('does not append a client\'s message, which already has its position', async () => {
    const placed = { epoch: 'e', position: 9 };
    expect(await placeBatch([from('a', { placed }), from('b', { placed, receipts: 2 })], log)).toEqual([placed, placed]);
    expect(table.requests).toEqual([]);
  });

  test('finds messages that were appended when they were received before', async () => {
    await placeBatch([from('a'), from('b')], log);
    const places = await placeBatch([from('b', { receipts: 2 }), from('c', { receipts: 2 }), from('d')], log);
    expect(places).toMatchObject([{ position: 2 }, { position: 3 }, { position: 4 }]);
    expect(await heldIds()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('has an error for messages that could not be appended, and a position for the others', async () => {
    let fills = 0;
    table.before = ({ kind }) => {
      if (kind === 'fill' && ++fills === 2) throw new Error('no');
    };
    expect(await placeBatch([from('a'), from('b'), from('c')], log)).toMatchObject([{ position: 1 }, new Error('no'), { position: 3 }]);
    expect(await heldIds()).toEqual(['a', undefined, 'c'].filter((id) => id));
  });

  test('appends no message that may already be in the log', async () => {
    table.before = ({ kind }) => {
      if (kind === 'origin') throw new Error('unreadable');
    };
    expect(await placeBatch([from('a', { receipts: 2 }), from('b')], log)).toMatchObject([new Error('unreadable'), { position: 1 }]);
  });

  test('of many messages fills a few at a time, and knows when each position before was reserved', async () => {
    let [open, most] = [0, 0];
    table.before = async ({ kind }) => {
      if (kind !== 'fill') return;
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    };
    await table.append('first');
    table.now += 1_000;
    await placeBatch(Array.from({ length: 100 }, (_, n) => from(`m${n}`)), log);
    expect(most).toBeLessThanOrEqual(32);
    expect((await table.held()).slice(0, 3).map(({ before }) => before)).toEqual([NOW, NOW, NOW + 1_000]);
  });
});

describe('a search of the log', () => {
  const find = async (id: string, notBefore?: number) => (await lookBack(table, CHANNEL, new Set([id]), notBefore)).get(id)?.position;
  const append = (messages: readonly LoggedMessage[]) => table.writer().appendAll(CHANNEL, messages, Infinity);
  const many = (count: number, text = '') => Array.from({ length: count }, (_, n) => message(`m${n}`, text));

  test('finds messages among the newest 1,000, and not earlier ones', async () => {
    await append([message('far'), message('near'), ...many(999)]);
    expect([await find('near'), await find('far')]).toEqual([2, undefined]);
  });

  test('finds the newest of several messages with one id, within a page and over pages', async () => {
    await append([message('a'), ...many(3), message('a')]);
    expect(await find('a')).toBe(5);
    await append([...many(150), message('a'), ...many(150)]);
    expect(await find('a')).toBe(156);
  });

  test('finds nothing in a channel without messages', async () => {
    expect(await find('a')).toBeUndefined();
  });

  test('reads at most about a mebibyte', async () => {
    await append([message('far'), ...many(300, 'x'.repeat(20_000))]);
    table.requests.length = 0;
    expect(await find('far')).toBeUndefined();
    expect(counts()).toEqual({ origin: 1, entries: 1 });
  });

  test('stops at messages that were appended before this one was sent', async () => {
    await append([message('a'), ...many(150)]);
    table.now += 60_000;
    await append([message('b')]);
    table.requests.length = 0;
    expect(await find('a', table.now - 10_000)).toBeUndefined();
    expect(counts()).toEqual({ origin: 1, entries: 1 });
    expect(await find('b', table.now - 10_000)).toBe(152);
  });
});
