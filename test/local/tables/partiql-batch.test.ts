import {
  BatchExecuteStatementCommand, PutItemCommand, ScanCommand, type BatchExecuteStatementCommandInput, type BatchStatementRequest,
} from '@aws-sdk/client-dynamodb';
import { oneTable } from '../fixtures/one-table';

const TableName = 'the-rows';
const columns = [['pk', 'HASH'], ['sk', 'RANGE']] as const;
const index = { IndexName: 'by-room', KeySchema: [{ AttributeName: 'room', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } };
const table = oneTable({
  TableName,
  AttributeDefinitions: ['pk', 'sk', 'room'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: columns.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
  GlobalSecondaryIndexes: [index],
});
const { written } = table;
const item = (sk: string, n: number) => ({ pk: { S: 'a' }, sk: { S: sk }, room: { S: 'x' }, n: { N: String(n) } });
const keyed = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });

beforeEach(async () => {
  for (const n of [1, 2, 3]) await table.client.send(new PutItemCommand({ TableName, Item: item(String(n), n) }));
  written.length = 0;
});

async function run(statements: readonly (string | BatchStatementRequest)[], more: Partial<BatchExecuteStatementCommandInput> = {}) {
  const Statements = statements.map((statement) => (typeof statement === 'string' ? { Statement: statement } : statement));
  const { Responses, ConsumedCapacity } = await table.client.send(new BatchExecuteStatementCommand({ Statements, ...more }));
  return { Responses, ConsumedCapacity };
}

const remove = (sk: string, n: number, more: Partial<BatchStatementRequest> = {}): BatchStatementRequest =>
  ({ Statement: `DELETE FROM "${TableName}" WHERE pk = ? AND sk = ? AND n = ?`, Parameters: [{ S: 'a' }, { S: sk }, { N: String(n) }], ...more });
const rows = async () => (await table.client.send(new ScanCommand({ TableName }))).Items!.map(({ sk }) => sk.S).sort();

test('each statement of a batch succeeds or fails by itself, in the order of the request', async () => {
  const refused = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
  expect((await run([remove('1', 1), remove('2', 7), remove('none', 1), remove('3', 7, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })])).Responses).toEqual([
    { TableName }, { TableName, Error: refused }, { TableName }, { TableName, Error: { ...refused, Item: item('3', 3) } },
  ]);
  expect(await rows()).toEqual(['2', '3']);
  expect(written).toEqual(expect.arrayContaining([{ TableName, Key: keyed('1') }]));
});

test('a batch writes in every way', async () => {
  expect((await run([
    `INSERT INTO "${TableName}" VALUE {'pk': 'a', 'sk': '4'}`, `INSERT INTO "${TableName}" VALUE {'pk': 'a', 'sk': '1'}`,
    `UPDATE "${TableName}" SET n = 9 WHERE pk = 'a' AND sk = '2'`, `DELETE FROM "${TableName}" WHERE pk = 'a' AND sk = '3' RETURNING ALL OLD *`,
  ])).Responses).toEqual([
    { TableName }, { TableName, Error: { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' } }, { TableName }, { TableName, Item: item('3', 3) },
  ]);
  expect(await rows()).toEqual(['1', '2', '4']);
});

test('a batch reads items, each by its whole key', async () => {
  const refused = { Error: { Code: 'ValidationError', Message: 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.' } };
  const select = (rest: string) => `SELECT * FROM "${TableName}"${rest}`;
  expect((await run([
    select(" WHERE pk = 'a' AND sk = '2'"), select(" WHERE pk = 'a' AND sk = 'none'"), select(" WHERE pk = 'a'"), select(" WHERE pk = 'a' AND sk > '1'"),
    select(".\"by-room\" WHERE room = 'x'"), 'SELECT * FROM "none" WHERE pk = 1',
  ])).Responses).toEqual([
    { TableName, Item: item('2', 2) }, { TableName }, refused, refused, refused,
    { TableName: 'none', Error: { Code: 'ResourceNotFound', Message: expect.stringContaining('resource not found') } },
  ]);
});

test('a statement that is wrong fails, and the others run', async () => {
  const { Responses } = await run([`DROP TABLE "${TableName}"`, remove('1', 1), `DELETE FROM "${TableName}" WHERE pk = 'a'`, "DELETE FROM \"none\" WHERE pk = 'a'"]);
  expect(Responses!.map(({ Error: error }) => error?.Code)).toEqual(['ValidationError', undefined, 'ValidationError', 'ResourceNotFound']);
  expect(await rows()).toEqual(['2', '3']);
});

test('the units of a batch are those of the statements that succeed', async () => {
  const { ConsumedCapacity } = await run([remove('1', 1), remove('3', 7), remove('2', 2)], { ReturnConsumedCapacity: 'TOTAL' });
  expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 2 }]);
});

test.each<[string, readonly (string | BatchStatementRequest)[], string]>([
  ['no statement', [], 'Member must have length greater than or equal to 1'],
  ['26 statements', Array.from({ length: 26 }, (_, nth) => remove(String(nth), nth)), 'Too many statements in BatchExecuteStatement; limit is 25'],
  ['reads and writes', [remove('1', 1), `SELECT * FROM "${TableName}" WHERE pk = 'a' AND sk = '2'`], 'Read and write requests together in the same batch is not supported.'],
  ['one item twice', [remove('1', 7), remove('2', 2), remove('1', 1)], 'Provided list of item keys contains duplicates'],
])('a batch of %s is refused, and nothing of it runs', async (_what, statements, message) => {
  await expect(run(statements)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
  expect(await rows()).toEqual(['1', '2', '3']);
});
