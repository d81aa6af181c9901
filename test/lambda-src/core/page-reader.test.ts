import { FakeSource, rows } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import type { Connection } from '../../../lambda-src/core/connection';
import { PageReader } from '../../../lambda-src/core/page-reader';

const all = () => true;

function read(script: ConstructorParameters<typeof FakeSource>[1], keep: (row: Connection) => boolean = all) {
  const clock = new VirtualClock();
  const source = new FakeSource(clock, script);
  const changes: number[] = [];
  const reader: PageReader = new PageReader(source, keep, () => changes.push(reader.atHand));
  return { clock, source, reader, changes };
}

/** Takes all rows, letting time pass whenever none is at hand. */
async function drain(reader: PageReader, clock: VirtualClock): Promise<string[]> {
  const taken: string[] = [];
  await clock.runUntil(reader.start());
  for (;;) {
    for (let row = reader.take(); row; row = reader.take()) taken.push(row.connectionId);
    if (reader.ended && reader.atHand === 0) return taken;
    await clock.run();
  }
}

test('returns the rows of all pages, in order, and reports that it saw the last', async () => {
  const { clock, reader } = read([rows(3, 0, 'a'), rows(2, 0, 'b'), rows(1, 0, 'c')]);
  expect(await drain(reader, clock)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0']);
  expect(reader).toMatchObject({ taken: 6, atHand: 0, ended: true, complete: true, failure: undefined });
});

test('reads on while pages have no rows', async () => {
  const { clock, reader, changes } = read([[], rows(2, 0, 'x'), rows(1, 0, 'a'), rows(2, 0, 'x'), [], rows(1, 0, 'b'), []], (row) => !row.connectionId.startsWith('x'));
  expect(await drain(reader, clock)).toEqual(['a0', 'b0']);
  expect(changes.slice(0, -1)).not.toContain(0);
});

test('an empty table has an end and no rows', async () => {
  for (const script of [[], [[]]]) {
    const { clock, reader } = read(script);
    expect(await drain(reader, clock)).toEqual([]);
    expect(reader.complete).toBe(true);
  }
});

test('holds two pages at most', async () => {
  const { clock, source, reader } = read([rows(2, 0, 'a'), rows(2, 0, 'b'), rows(2, 0, 'c')]);
  await clock.runUntil(reader.start());
  await clock.run();
  expect(source.pagesRead).toBe(1);
  reader.take();
  await clock.run();
  expect(source.pagesRead).toBe(2);
  reader.take();
  await clock.run();
  expect(source.pagesRead).toBe(2);
  reader.take();
  await clock.run();
  expect(source.pagesRead).toBe(3);
});

test('a page that cannot be read ends it, and rows that were read before are returned', async () => {
  const throttled = new Error('throttled');
  const { clock, reader } = read([rows(2, 0), throttled]);
  expect(await drain(reader, clock)).toEqual(['c0', 'c1']);
  expect(reader).toMatchObject({ ended: true, complete: false, failure: throttled });
});

test('stopping aborts a read that hangs, which does not count as a failure of the table', async () => {
  const { clock, source, reader } = read([rows(2, 0), 'hang']);
  await clock.runUntil(reader.start());
  reader.take();
  await clock.runUntil(reader.stop());
  expect(reader).toMatchObject({ ended: true, complete: false, failure: undefined });
  expect(source.ended).toBe(true);
  expect(clock.pending).toBe(0);
});

test('stopping between two reads ends the source', async () => {
  const { clock, source, reader } = read([rows(2, 0), rows(2, 0)]);
  await clock.runUntil(reader.start());
  await clock.runUntil(reader.stop());
  expect(source.ended).toBe(true);
  expect(reader.atHand).toBe(2);
});

test('a read that was stopped is not complete', async () => {
  const { clock, reader } = read([rows(2, 0), rows(2, 0)]);
  await clock.runUntil(reader.start());
  reader.take();
  await clock.runUntil(reader.stop());
  expect(reader).toMatchObject({ ended: true, complete: false, failure: undefined });
});
