import { CHANNEL, HOUR, idsOf, MemoryTable, message, NOW } from './memory-table';
import { LOG_LIMIT } from '../../../../lambda-src/core/log/log-limits';
import type { ReadRequest } from '../../../../lambda-src/core/log/log-reader';
import { TailCache } from '../../../../lambda-src/core/log/tail-cache';

let table: MemoryTable;

beforeEach(() => {
  table = new MemoryTable();
});

const fill = async (count: number, text?: string) => {
  const messages = Array.from({ length: count }, (_, n) => message(`m${n + 1}`, text));
  await table.writer().appendAll(CHANNEL, messages, Infinity);
  table.now += 20_000;
};
const queries = () => table.requests.filter(({ kind }) => kind === 'entries');

describe('without a position', () => {
  test('a channel without messages has an epoch, so that later messages can be recovered', async () => {
    const { epoch } = await table.read({});
    expect(await table.read({})).toEqual({ epoch, position: 0, recovered: true, more: false, entries: [] });
    await table.append('a');
    expect(idsOf(await table.read({ since: 0, epoch }))).toEqual(['1 a']);
  });

  test('a client that read a channel before its first message has missed nothing, and needs no epoch', async () => {
    const { epoch } = await table.read({});
    expect(await table.read({ since: 0 })).toEqual({ epoch, position: 0, recovered: true, more: false, entries: [] });
    await table.append('a');
    expect(await table.read({ since: 0 })).toEqual({ epoch, position: 1, recovered: false, more: false, entries: [] });
  });

  test('the newest messages are returned, 100 or as many as requested', async () => {
    await fill(120);
    const page = await table.read({});
    expect(page).toMatchObject({ position: 120, recovered: true, more: false });
    expect(idsOf(page)).toEqual(Array.from({ length: 100 }, (_, n) => `${n + 21} m${n + 21}`));
    expect(idsOf(await table.read({ limit: 2 }))).toEqual(['119 m119', '120 m120']);
    expect(idsOf(await table.read({ limit: 0 }))).toEqual([]);
  });

  test('no message older than the retention is returned, although the table still has it', async () => {
    await table.append('old');
    table.now += 3 * HOUR;
    await table.append('new');
    expect(idsOf(await table.read({}))).toEqual(['2 new']);
  });

  test('reading an old channel reads only its origin and one page', async () => {
    await fill(5);
    table.requests.length = 0;
    await table.read({});
    expect(table.requests.map(({ kind }) => kind)).toEqual(['origin', 'entries']);
  });
});

describe('since a position', () => {
  test('the messages after it are returned, in contiguous pages', async () => {
    await fill(250);
    const { epoch } = await table.read({ limit: 1 });
    const got: string[] = [];
    let [since, more] = [7, true];
    while (more) {
      const page = await table.read({ since, epoch });
      expect(page).toMatchObject({ recovered: true });
      expect(page.entries.length).toBeLessThanOrEqual(100);
      got.push(...idsOf(page));
      ({ position: since, more } = page);
    }
    expect(got).toEqual(Array.from({ length: 243 }, (_, n) => `${n + 8} m${n + 8}`));
  });

  test('a page has at most 28 KB, and at least one message', async () => {
    await fill(4, 'x'.repeat(14_000));
    const { epoch } = await table.read({ limit: 1 });
    expect(idsOf(await table.read({ since: 0, epoch }))).toEqual(['1 m1', '2 m2']);
    const reader = table.reader();
    const large = await reader.read(CHANNEL, { since: 0, epoch }, { bytes: 10, sizeOf: () => 1_000 });
    expect([idsOf(large), large.position, large.more]).toEqual([['1 m1'], 1, true]);
    const newest = await reader.read(CHANNEL, { limit: 5 }, { bytes: 10, sizeOf: () => 1_000 });
    expect(idsOf(newest)).toEqual(['4 m4']);
  });

  test.each<[string, (epoch: string) => ReadRequest]>([
    ['of another epoch', () => ({ since: 1, epoch: 'other' })],
    ['without an epoch', () => ({ since: 1 })],
    ['that is not reached yet', (epoch) => ({ since: 4, epoch })],
  ])('a position %s is not recovered; the newest page comes only if a limit asks for it', async (_what, requestOf) => {
    await fill(3);
    const { epoch } = await table.read({ limit: 1 });
    const request = requestOf(epoch);
    expect(await table.read(request)).toEqual({ epoch, position: 3, recovered: false, more: false, entries: [] });
    expect(idsOf(await table.read({ ...request, limit: 2 }))).toEqual(['2 m2', '3 m3']);
  });

  test('only the newest messages can be recovered', async () => {
    await fill(20);
    const { epoch } = await table.read({ limit: 1 });
    expect(await table.read({ since: 10, epoch }, { maxMessages: 10 })).toMatchObject({ recovered: true, position: 20 });
    expect(await table.read({ since: 9, epoch }, { maxMessages: 10 })).toMatchObject({ recovered: false, entries: [] });
  });

  test('only messages within the retention can be recovered, to the millisecond', async () => {
    await table.append('a');
    const { epoch } = await table.read({ limit: 1 });
    table.now = NOW + 3 * HOUR - 1;
    expect(await table.read({ since: 0, epoch })).toMatchObject({ recovered: true });
    table.now = NOW + 3 * HOUR;
    expect(await table.read({ since: 0, epoch })).toMatchObject({ recovered: false });
  });

  test('a client that has everything gets recovered true, however old its position is', async () => {
    await table.append('a');
    const { epoch } = await table.read({ limit: 1 });
    table.now += 100 * HOUR;
    expect(await table.read({ since: 1, epoch })).toEqual({ epoch, position: 1, recovered: true, more: false, entries: [] });
  });
});

describe('before a position', () => {
  test('the newest messages below it are returned, until there are none', async () => {
    await fill(10);
    const got: string[][] = [];
    let [before, more] = [9, true];
    while (more) {
      const page = await table.read({ before, limit: 4 });
      got.push(idsOf(page));
      ({ position: before, more } = page);
    }
    expect(got).toEqual([['5 m5', '6 m6', '7 m7', '8 m8'], ['1 m1', '2 m2', '3 m3', '4 m4']]);
  });

  test('a position above the last one returns the newest messages', async () => {
    await fill(3);
    expect(idsOf(await table.read({ before: 1_000, limit: 2 }))).toEqual(['2 m2', '3 m3']);
  });

  test('there is nothing below the first position, below the kept messages, and in another epoch', async () => {
    await fill(10);
    expect(await table.read({ before: 1 })).toMatchObject({ entries: [], more: false, position: 1, recovered: true });
    expect(idsOf(await table.read({ before: 9 }, { maxMessages: 3 }))).toEqual(['8 m8']);
    expect(await table.read({ before: 9, epoch: 'other' })).toMatchObject({ recovered: false, entries: [] });
  });
});

describe('with a cache', () => {
  test('5,000 readers of the same 50 messages each read the origin, and read the entries once in all', async () => {
    await fill(60);
    const { epoch } = await table.read({ limit: 1 });
    table.requests.length = 0;
    const cache = new TailCache();
    for (let client = 0; client < 5_000; client++) expect((await table.read({ since: 10, epoch }, { cache })).entries).toHaveLength(50);
    expect(table.requests.filter(({ kind }) => kind === 'origin')).toHaveLength(5_000);
    expect(queries().length).toBeLessThan(5);
  });

  test('only the messages that were appended meanwhile are read', async () => {
    await fill(10);
    const cache = new TailCache();
    const { epoch } = await table.read({ limit: 1 });
    await table.read({ since: 0, epoch }, { cache });
    await table.append('new');
    table.requests.length = 0;
    expect(idsOf(await table.read({ since: 8, epoch }, { cache }))).toEqual(['9 m9', '10 m10', '11 new']);
    expect(queries()).toMatchObject([{ from: 11, to: 11 }]);
  });

  test('a page far back is not cached', async () => {
    await fill(100);
    const cache = new TailCache();
    await table.read({ before: 50, limit: 10 }, { cache });
    expect(cache.bytes).toBe(0);
  });
});

test('large messages are not read a hundred at a time', async () => {
  await fill(100, 'x'.repeat(20_000));
  const { epoch } = await table.read({ limit: 1 });
  table.requests.length = 0;
  await table.read({ since: 0, epoch });
  expect(queries().map((request) => 'limit' in request && request.limit)).toEqual([LOG_LIMIT.firstReadEntries]);
});
