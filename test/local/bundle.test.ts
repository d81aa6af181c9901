import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoDb } from './fixtures/dynamo-db';
import { answering, ROWS_TABLE, writeAssembly } from './fixtures/small-app';
import { bundle } from '../../local/bundle';
import type { Local, LocalOptions } from '../../local/types';

/* What is changed in dynalite while it is bundled; without that, each of these would end the process, or hold it up. */
let directory: string;
let local: Local;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bundle-test-'));
  await bundle(join(directory, 'bundle'));
  const assembly = join(directory, 'assembly');
  writeAssembly(assembly, { functions: { Any: answering('') }, routes: { $default: 'Any' }, resources: { Rows: ROWS_TABLE } });
  const { startLocal } = jest.requireActual<{ startLocal(options: LocalOptions): Promise<Local> }>(join(directory, 'bundle', 'dist', 'index.js'));
  local = await startLocal({ assembly });
}, 60_000);

afterAll(async () => {
  await local.stop();
  rmSync(directory, { recursive: true });
});

const Key = { connectionId: { S: 'a=' } };
const Item = { ...Key, n: { N: '1' }, m: { S: 'x' }, t: { BOOL: true }, l: { L: [{ N: '1' }] }, k: { L: [] } };
const call = (operation: string, input: object) => dynamoDb(local.dynamoDbEndpoint, operation, { TableName: local.tables.Rows, ...input });
const item = async () => (await call('GetItem', { Key })).Item;

test.each([
  ['a value between two of different types', 'n BETWEEN :n AND m'],
  ['a value between one and nothing', 'n BETWEEN :n AND absent'],
  ['a value among some that are not there', 'n IN (:n2, absent)'],
  ['the sizes of two attributes that are not there', 'size(absent) < size(gone)'],
  ['two lists', 'l < k'],
])('the condition on %s does not hold, and the item is not left locked', async (_what, ConditionExpression) => {
  await call('PutItem', { Item });
  const ExpressionAttributeValues = Object.fromEntries([[':n', { N: '1' }], [':n2', { N: '2' }]].filter(([name]) => new RegExp(`${String(name)}\\b`).test(ConditionExpression)));
  const values = Object.keys(ExpressionAttributeValues).length > 0 ? { ExpressionAttributeValues } : {};
  await expect(call('DeleteItem', { Key, ConditionExpression, ...values })).rejects.toThrow('ConditionalCheckFailedException');
  await call('PutItem', { Item });
  expect((await call('Scan', { FilterExpression: ConditionExpression, ...values })).Items).toEqual([]);
});

test('an item of a list far beyond its end is put at its end', async () => {
  await call('PutItem', { Item });
  const ExpressionAttributeValues = { ':far': { S: 'far' }, ':near': { S: 'near' } };
  await call('UpdateItem', { Key, UpdateExpression: 'SET l[4000000000] = :far, l[2] = :near', ExpressionAttributeValues });
  expect(await item()).toMatchObject({ l: { L: [{ N: '1' }, { S: 'near' }, { S: 'far' }] } });
});

test('a list can be put into itself', async () => {
  await call('PutItem', { Item });
  await call('UpdateItem', { Key, UpdateExpression: 'SET l[1] = l' });
  expect(await item()).toMatchObject({ l: { L: [{ N: '1' }, { L: [{ N: '1' }] }] } });
});
