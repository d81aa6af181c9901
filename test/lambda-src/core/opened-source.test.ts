import type { Connection } from '../../../lambda-src/core/connection';
import { OpenedSource } from '../../../lambda-src/core/opened-source';

const FIRST_ROWS = 3;
const row = (nth: number): Connection => ({ connectionId: `c${nth}`, connectedAt: nth });
const rows = (count: number, from = 0) => Array.from({ length: count }, (_, nth) => row(from + nth));

/** A source with this many rows in pages of three, which counts the rows read. */
function source(count: number, fails?: Error) {
  const read: number[] = [];
  let isEnded = false;
  const pages = async function* (abortSignal: AbortSignal) {
    try {
      for (let at = 0; ; at += FIRST_ROWS) {
        if (abortSignal.aborted) return;
        if (fails) throw fails;
        const page = rows(Math.min(FIRST_ROWS, count - at), at);
        read.push(page.length);
        yield page;
        if (page.length < FIRST_ROWS) return;
      }
    } finally {
      isEnded = true;
    }
  };
  return { source: { pages }, read, ended: () => isEnded };
}

async function drained(opened: OpenedSource, abortSignal = new AbortController().signal): Promise<Connection[]> {
  const found: Connection[] = [];
  for await (const page of opened.pages(abortSignal)) found.push(...page);
  return found;
}

const open = (from: ReturnType<typeof source>, abortSignal = new AbortController().signal) => new OpenedSource(from.source, FIRST_ROWS, abortSignal);

test.each([
  ['that is there', 2, 'c1', row(1)], ['among none', 0, 'c1', undefined], ['that is not there, on a page that is all', 2, 'c7', undefined],
  ['that is there, on the first page of many', 9, 'c2', row(2)], ['that may be on another page', 9, 'c5', 'unknown'],
  ['where nobody knows whether there is another page', 3, 'c5', 'unknown'],
])('a connection %s is found by one read', async (_what, count, id, expected) => {
  const from = source(count);
  expect(await open(from).find(id)).toEqual(expected);
  expect(from.read).toHaveLength(1);
});

test.each([0, 1, 2, 3, 4, 6, 7])('%s recipients are returned once and read once, whether the source was probed first or not', async (count) => {
  for (const isLookedFor of [false, true]) {
    const from = source(count);
    const opened = open(from);
    if (isLookedFor) await opened.find('c1');
    expect(await drained(opened)).toEqual(rows(count));
    expect(from.read).toHaveLength(Math.floor(count / FIRST_ROWS) + 1);
    expect(from.ended()).toBe(true);
  }
});

test('stopping in the middle ends the reading', async () => {
  const from = source(9);
  for await (const page of open(from).pages(new AbortController().signal)) {
    expect(page).toHaveLength(FIRST_ROWS);
    break;
  }
  expect([from.read.length, from.ended()]).toEqual([1, true]);
});

test('a signal of either side stops it', async () => {
  const stop = new AbortController();
  const one = source(9);
  const opened = open(one);
  await opened.find('c1');
  stop.abort();
  expect(await drained(opened, stop.signal)).toEqual(rows(3));
  expect(one.read).toHaveLength(1);
  // The recipients are not known then.
  await expect(open(source(9), stop.signal).find('c1')).rejects.toThrow('not read in time');
});

test('a failure is the one of the source', async () => {
  await expect(open(source(9, new Error('throttled'))).find('c1')).rejects.toThrow('throttled');
  await expect(drained(open(source(9, new Error('throttled'))))).rejects.toThrow('throttled');
});
