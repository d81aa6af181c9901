import { readTable } from '../../../local/model/tables';
import { Database } from '../../../local/tables/database';
import { ROWS_TABLE } from '../fixtures/small-app';
import { scopeOf } from '../fixtures/stack';

/* The changes of patches/ to dynalite. Without them, each of these requests would end the process, or block it. */
let database: Database;
let TableName: string;

beforeAll(async () => {
  const scope = scopeOf({ Resources: { Rows: ROWS_TABLE } });
  database = await Database.start(scope.resources().map((resource) => readTable(scope, resource)), { log: () => undefined });
  TableName = scope.identity('Rows').ref;
});

afterAll(() => database.stop());

const Key = { connectionId: { S: 'a=' } };
const Item = { ...Key, n: { N: '1' }, m: { S: 'x' }, t: { BOOL: true }, l: { L: [{ N: '1' }] }, k: { L: [] } };
const call = (operation: string, input: object) => database.call(operation, { TableName, ...input });
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

test('a list element that is set far beyond the end is appended', async () => {
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
