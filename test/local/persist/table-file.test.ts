import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableFile, type Change } from '../../../local/persist/table-file';

let directory: string;
let file: TableFile;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'table-file-'));
  file = new TableFile(directory, 'Chats', ['room', 'at']);
});

afterEach(() => rmSync(directory, { recursive: true }));

const item = (room: string, at: string, text = 'hello') => ({ room: { S: room }, at: { N: at }, text: { S: text } });
const key = (room: string, at: string) => ({ room: { S: room }, at: { N: at } });
const changes = () => join(directory, 'table-Chats.changes.json');

test('a table without files is empty', () => {
  expect(file.read()).toEqual([]);
});

test('changes are applied in their order', async () => {
  await file.append([{ put: item('a', '1') }, { put: item('a', '2') }]);
  await file.append([{ put: item('a', '1', 'changed') }, { delete: key('a', '2') }, { delete: key('b', '1') }]);
  const expected = [item('a', '1', 'changed')];
  expect(new TableFile(directory, 'Chats', ['room', 'at']).read()).toEqual(expected);
  await file.merge();
  expect(existsSync(changes())).toBe(false);
  expect(file.read()).toEqual(expected);
  expect(readFileSync(file.path, 'utf8')).toBe(`{"table":"Chats","items":[\n${JSON.stringify(expected[0])}\n]}`);
});

test.each([['1.50', '1.5'], ['15e-1', '1.5'], ['+0.0150E2', '1.5'], ['-0', '0'], ['100', '1E2'], ['-12.0', '-12'], ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678.0']])(
  'a key is the same however its number is written: %s, %s', async (given, kept) => {
    await file.append([{ put: item('a', kept) }, { delete: key('a', given) }]);
    expect(file.read()).toEqual([]);
  });

test.each([['1', '10'], ['1', '-1'], ['0.1', '0.01'], ['12345678901234567890123456789012345678', '12345678901234567890123456789012345679']])(
  'keys of different numbers are different: %s, %s', async (one, other) => {
    await file.append([{ put: item('a', one) }, { delete: key('a', other) }]);
    expect(file.read()).toEqual([item('a', one)]);
  });

test('a change that was cut off by a kill is ignored, and later changes are applied', async () => {
  await file.append([{ put: item('a', '1') }]);
  writeFileSync(changes(), '{"put":{"room":{"S":"b', { flag: 'a' });
  expect(file.read()).toEqual([item('a', '1')]);
  await file.append([{ put: item('c', '1') }]);
  expect(file.read()).toEqual([item('a', '1'), item('c', '1')]);
});

test('a line that is not a change is an error that names the line', () => {
  writeFileSync(changes(), `${JSON.stringify({ put: item('a', '1') })}\n{"put":7}\n`);
  expect(() => file.read()).toThrow(`line 2 of ${changes()} does not hold a change of a table`);
});

test('a save writes only the changes, until there are many of them', async () => {
  const rows = Array.from({ length: 60_000 }, (_, index): Change => ({ put: item('a', String(index)) }));
  await file.append(rows);
  await file.merge();
  const before = readFileSync(file.path, 'utf8');
  await file.append([{ put: item('a', '7', 'changed') }]);
  expect(readFileSync(file.path, 'utf8')).toBe(before);
  expect(readFileSync(changes(), 'utf8')).toBe(`${JSON.stringify({ put: item('a', '7', 'changed') })}\n`);
  // A row that is written repeatedly is one row.
  for (let turn = 0; existsSync(changes()); turn++) {
    if (turn > 20) throw new Error('the changes are never taken into the file of the table');
    await file.append(Array.from({ length: 20_000 }, () => ({ put: item('a', '7', `changed ${turn}`) })));
  }
  expect(file.read()).toHaveLength(60_000);
});

// A device on which every write fails, like a full disk.
(existsSync('/dev/full') ? test : test.skip)('a full disk is an error, and loses nothing', async () => {
  await file.append([{ put: item('a', '1') }]);
  await file.merge();
  symlinkSync('/dev/full', changes());
  await expect(file.append([{ put: item('a', '2') }])).rejects.toThrow('ENOSPC');
  rmSync(changes());
  expect(file.read()).toEqual([item('a', '1')]);
});
