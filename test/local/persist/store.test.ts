import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../harness/eventually';
import type { TableModel } from '../../../local/model/tables';
import { Store } from '../../../local/persist/store';

let directory: string;
let calls: [operation: string, input: Record<string, unknown>][];
let store: Store;
const failures: unknown[] = [];

const model: TableModel = {
  logicalId: 'Rows', path: 'Small/Rows', name: 'Rows', hasStream: false, createTable: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
};
const key = (id: number) => ({ id: { S: `row ${id}` } });
const changed = (id: number) => store.touch({ TableName: 'Rows', Key: key(id) });

/** A database that has every row but one, and returns rows one at a time. */
async function call(operation: string, input: unknown): Promise<Record<string, unknown>> {
  calls.push([operation, input as Record<string, unknown>]);
  if (operation !== 'BatchGetItem') return {};
  const [first, ...others] = (input as { RequestItems: { Rows: { Keys: ReturnType<typeof key>[] } } }).RequestItems.Rows.Keys;
  const Rows = first.id.S === 'row 2' ? [] : [{ ...first, text: { S: 'new' } }];
  return { Responses: { Rows }, UnprocessedKeys: others.length === 0 ? {} : { Rows: { Keys: others } } };
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'store-'));
  calls = [];
  const items = Array.from({ length: 60_000 }, (_, id) => JSON.stringify(key(id)));
  writeFileSync(join(directory, 'table-Rows.json'), `{"table":"Rows","items":[${items.join(',')}]}`);
  store = new Store(directory, (error) => failures.push(error));
  await store.load(call, [model]);
  store.start({ call, clients: () => [] });
});

afterEach(() => {
  store.release();
  rmSync(directory, { recursive: true });
});

const changesFile = () => readdirSync(directory).filter((name) => name.endsWith('.changes.json')).map((name) => readFileSync(join(directory, name), 'utf8')).join('');

test('only the changed rows of a table of 60,000 are read and written', async () => {
  expect(calls).toHaveLength(60_000 / 25);
  calls.length = 0;
  for (const id of [1, 2, 3, 3]) changed(id);
  await eventually(() => changesFile() !== '');
  expect(calls.map(([operation]) => operation)).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchGetItem']);
  const put = (id: number) => ({ put: { ...key(id), text: { S: 'new' } } });
  expect(changesFile().trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([put(1), put(3), { delete: key(2) }]);
  await store.stop();
  expect(changesFile()).toBe('');
  const { items } = JSON.parse(readFileSync(join(directory, 'table-Rows.json'), 'utf8')) as { items: unknown[] };
  expect(items).toHaveLength(59_999);
  expect(items).toContainEqual(put(3).put);
  expect(failures).toEqual([]);
});

test('changes that could not be saved are saved later', async () => {
  changed(1);
  const broken = { call: () => Promise.reject(new Error('no database')), clients: () => [] };
  store.start(broken);
  await eventually(() => failures.length > 0);
  store.start({ call, clients: () => [] });
  await eventually(() => changesFile().includes('row 1'));
  await store.stop();
});
