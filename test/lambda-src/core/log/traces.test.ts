import { CHANNEL, HOUR, idsOf, MemoryTable, message, NOW } from './memory-table';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';

/* Runs that broke earlier versions of the log, each in its shortest form. */

let table: MemoryTable;

beforeEach(() => {
  table = new MemoryTable();
});

const epochOf = async () => (await table.read({})).epoch;

describe('a hole at the tail', () => {
  beforeEach(async () => {
    await table.append('a');
    await table.tear();
  });

  test('is waited for while it may still be filled', async () => {
    const epoch = await epochOf();
    expect(await table.read({ since: 1, epoch })).toMatchObject({ position: 1, recovered: true, more: true, wait: expect.any(Number), entries: [] });
  });

  test('is sealed by the time of the last reservation, although no entry is above it', async () => {
    const epoch = await epochOf();
    table.now += 2_001;
    expect(await table.read({ since: 1, epoch })).toEqual({ epoch, position: 2, recovered: true, more: false, entries: [] });
    expect(await table.held()).toMatchObject([{ position: 1, message: { id: 'a' } }, { position: 2, at: NOW }]);
  });

  test('is passed by a client without a position only when it can no longer be filled', async () => {
    expect(await table.read({})).toMatchObject({ position: 1, more: true });
    table.now += 30_000;
    expect(await table.read({})).toMatchObject({ position: 1, more: true });
    table.now++;
    expect(await table.read({})).toMatchObject({ position: 2, more: false });
  });
});

describe('a refused fill', () => {
  test('is a success if the entry is from an attempt whose answer was lost', async () => {
    let fills = 0;
    // An SDK's first attempt was carried out and not answered.
    table.after = ({ kind }) => {
      if (kind === 'fill' && ++fills === 1) throw new Error('reset');
    };
    const fill = table.fill.bind(table);
    table.fill = async (...given) => fill(...given).catch(async () => fill(...given));
    expect(await table.append('a')).toMatchObject({ position: 1 });
    expect(await table.held()).toMatchObject([{ position: 1, message: { id: 'a' } }]);
  });

  test('is a failure if the position was sealed: the message gets another', async () => {
    await table.append('a');
    const epoch = await epochOf();
    table.before = async ({ kind }) => {
      if (kind !== 'fill') return;
      table.before = () => undefined;
      table.now += 3_000;
      await table.read({ since: 1, epoch });
    };
    expect(await table.append('b')).toMatchObject({ position: 3 });
    expect((await table.held()).map((entry) => entry.message?.id)).toEqual(['a', undefined, 'b']);
  });
});

test('a client without a position does not skip a position that is filled a moment later', async () => {
  await table.append('a');
  let told: Awaited<ReturnType<MemoryTable['read']>> | undefined;
  table.before = async ({ kind }) => {
    if (kind !== 'fill') return;
    table.before = () => undefined;
    // Another message is filled meanwhile, above.
    await table.append('c');
    told = await table.read({});
  };
  expect(await table.append('b')).toMatchObject({ position: 2 });
  expect(told).toMatchObject({ position: 1, more: true });
  expect(idsOf(await table.read({ since: told!.position, epoch: told!.epoch }))).toEqual(['2 b', '3 c']);
});

describe('a restore', () => {
  test('begins new epochs: a client that was further ahead gets recovered false', async () => {
    await table.append('a');
    table.now += HOUR;
    await table.append('b');
    const epoch = await epochOf();
    table.restore(NOW);
    await table.append('c');
    expect(await table.read({ since: 2, epoch })).toMatchObject({ recovered: false, entries: [] });
    expect(await epochOf()).not.toBe(epoch);
  });

  test('makes no position of a new epoch follow a client\'s old position', async () => {
    await table.append('a');
    table.now += HOUR;
    table.restore(NOW - 1);
    const { position } = await table.append('b');
    expect(position).toBeGreaterThan(1_000_000);
    const { epoch } = await table.read({});
    expect(idsOf(await table.read({ since: position - 1, epoch }))).toEqual([`${position} b`]);
    expect(await table.read({ since: 1, epoch })).toMatchObject({ recovered: false });
  });

  test('is noticed by a cache that holds entries of the same positions', async () => {
    const cache = new TailCache();
    await table.append('a');
    const before = await table.read({}, { cache });
    expect(idsOf(before)).toEqual(['1 a']);
    table.restore(NOW - 1);
    const { position } = await table.append('b');
    expect(idsOf(await table.read({}, { cache }))).toEqual([`${position} b`]);
  });
});

describe('a retention that changes', () => {
  test('does not count messages as kept that an earlier one deleted, judged by the entry after them', async () => {
    await table.append('a', 1);
    await table.append('b', 1);
    const epoch = await epochOf();
    table.now += 3 * HOUR;
    await table.expire();
    await table.append('c', 24);
    // Position 3 shows when 2 was reserved, which is within 24 hours.
    expect(await table.read({ since: 1, epoch }, { retentionHours: 24 })).toMatchObject({ recovered: false, entries: [] });
    expect(idsOf(await table.read({ since: 2, epoch }, { retentionHours: 24 }))).toEqual(['3 c']);
  });

  test('does not count messages as kept that an earlier one deleted, judged by the origin', async () => {
    await table.append('a', 1);
    await table.append('b', 1);
    const epoch = await epochOf();
    table.now += 3 * HOUR;
    await table.expire();
    expect(await table.read({ since: 1, epoch }, { retentionHours: 24 })).toMatchObject({ recovered: false, entries: [] });
  });

  test('does not count messages as kept that were deleted while it was lower', async () => {
    await table.append('a', 24);
    await table.append('b', 24);
    const epoch = await epochOf();
    table.now += 60_000;
    await table.append('c', 1);
    table.now += 5 * HOUR;
    await table.expire();
    await table.append('d', 24);
    expect((await table.held()).map((entry) => entry.position)).toEqual([1, 2, 4]);
    expect(await table.read({ since: 1, epoch }, { retentionHours: 24 })).toMatchObject({ recovered: false, entries: [] });
  });

  test('loses no kept message when it is raised', async () => {
    await table.append('a', 3);
    await table.append('b', 3);
    const epoch = await epochOf();
    table.now += 1.1 * HOUR;
    await table.append('c', 24);
    table.now += HOUR;
    expect(idsOf(await table.read({ since: 1, epoch }, { retentionHours: 24 }))).toEqual(['2 b', '3 c']);
    table.now += 20 * HOUR;
    await table.expire();
    expect(idsOf(await table.read({ since: 2, epoch }, { retentionHours: 24 }))).toEqual(['3 c']);
  });
});

describe('a tombstone with its own time', () => {
  test('would make old positions look young, so it inherits the time of the proof', async () => {
    await table.append('a');
    await table.tear();
    await table.append('b');
    const epoch = await epochOf();
    table.now += 2.9 * HOUR;
    expect(idsOf(await table.read({ since: 1, epoch }))).toEqual(['3 b']);
    expect((await table.held())[1]).toEqual({ position: 2, at: NOW, ttl: expect.any(Number) });
    table.now += 2 * HOUR;
    await table.expire();
    expect(await table.held()).toEqual([]);
    expect(await table.read({ since: 1, epoch })).toMatchObject({ recovered: false, entries: [] });
  });

  test('inherits the time of the entry before it', async () => {
    await table.append('a');
    const epoch = await epochOf();
    table.now += HOUR;
    await table.append('b');
    table.now += 60_000;
    await table.tear(2);
    table.now += HOUR;
    await table.append('c');
    table.now += 3_000;
    expect(idsOf(await table.read({ since: 1, epoch }))).toEqual(['2 b', '5 c']);
    const [, b, third, fourth] = await table.held();
    expect([third, fourth]).toEqual([{ position: 3, at: b.at, ttl: b.ttl }, { position: 4, at: b.at, ttl: b.ttl }]);
  });
});

test('a batch that died between its reservation and its entries is skipped, and nothing of it is read', async () => {
  await table.append('a');
  const epoch = await epochOf();
  await table.tear(150);
  await table.append('b');
  table.now += 3_000;
  const first = await table.read({ since: 1, epoch });
  expect(first).toMatchObject({ position: 101, recovered: true, more: true, entries: [] });
  expect(idsOf(await table.read({ since: 101, epoch }))).toEqual(['152 b']);
});

test('an append whose fill took too long gets a second position, since clients may be past the first', async () => {
  await table.append('a');
  table.after = ({ kind }) => {
    if (kind !== 'fill') return;
    table.after = () => undefined;
    table.now += 6_000;
  };
  expect(await table.append('b')).toMatchObject({ position: 3 });
  expect((await table.held()).map((entry) => entry.message?.id)).toEqual(['a', 'b', 'b']);
});

test('after the deadline no fill and no reservation begins', async () => {
  table.after = ({ kind }) => {
    if (kind === 'reserve') table.now += 1_000;
  };
  await table.writer().append(CHANNEL, message('z'), NOW + 10_000);
  const filled = table.requests.filter(({ kind }) => kind === 'fill').length;
  await expect(table.writer().append(CHANNEL, message('a'), table.now + 500)).rejects.toThrow('could not be appended');
  await expect(table.writer().append(CHANNEL, message('b'), table.now)).rejects.toThrow('could not be appended');
  expect(table.requests.filter(({ kind }) => kind === 'fill')).toHaveLength(filled);
});
