import {
  ExecuteStatementCommand, ScanCommand, TransactWriteItemsCommand, type AttributeValue, type ExecuteStatementCommandInput,
} from '@aws-sdk/client-dynamodb';
import { oneTable } from '../fixtures/one-table';

const columns = [['pk', 'HASH'], ['sk', 'RANGE']] as const;
const index = { IndexName: 'by-room', KeySchema: [{ AttributeName: 'room', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } };
const table = oneTable({
  TableName: 'the-rows',
  AttributeDefinitions: ['pk', 'sk', 'room'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: columns.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
  GlobalSecondaryIndexes: [index],
});
const { written } = table;

beforeEach(async () => {
  for (const [pk, sk, room, n] of [['a', '1', 'x', 1], ['a', '2', 'y', 2], ['a', '3', 'x', 3], ['b', '1', 'x', 4]] as const) {
    await run(`INSERT INTO "the-rows" VALUE {'pk': '${pk}', 'sk': '${sk}', 'room': '${room}', 'n': ${n}, 'deep': {'list': [1, 'two'], 'is': true}}`);
  }
  written.length = 0;
});

function run(Statement: string, Parameters?: AttributeValue[], more: Partial<ExecuteStatementCommandInput> = {}) {
  return table.client.send(new ExecuteStatementCommand({ Statement, Parameters, ...more }));
}

/** Returns the keys of the found items. */
async function found(statement: string, ...parameters: AttributeValue[]): Promise<string[]> {
  const { Items = [] } = await run(statement, parameters.length > 0 ? parameters : undefined);
  return Items.map(({ pk, sk }) => pk.S! + sk.S!);
}

describe('SELECT', () => {
  test.each<[string, string[], AttributeValue[]?]>([
    ["WHERE pk = 'a'", ['a1', 'a2', 'a3']],
    ['WHERE pk = ? AND sk = ?', ['a2'], [{ S: 'a' }, { S: '2' }]],
    ["WHERE \"pk\" = 'a' AND sk >= '2'", ['a2', 'a3']],
    ["WHERE pk = 'a' AND begins_with(\"sk\", '3')", ['a3']],
    ["WHERE pk = 'a' AND sk BETWEEN '1' AND '2'", ['a1', 'a2']],
    ["WHERE pk = 'a' AND n > 1 AND room = 'x'", ['a3']],
    ["WHERE pk = 'a' AND (sk = '1' OR sk = '3')", ['a1', 'a3']],
    ["WHERE pk IN ['a', 'b'] AND sk = '1'", ['a1', 'b1']],
    ["WHERE pk IN ('b')", ['b1']],
    ['WHERE n = 4', ['b1']],
    ["WHERE NOT room = 'x'", ['a2']],
    ["WHERE room <> 'x' OR n IN [3]", ['a2', 'a3']],
    ['WHERE none IS MISSING AND pk = \'b\'', ['b1']],
    ['WHERE none IS NOT MISSING', []],
    ['WHERE deep.list[1] = \'two\' AND n < 2', ['a1']],
    ["WHERE contains(deep.list, 'two') AND size(deep.list) = 2 AND n = 2", ['a2']],
    ["WHERE attribute_type(n, 'S')", []],
    ["WHERE pk = 'a' ORDER BY sk DESC", ['a3', 'a2', 'a1']],
    ['', ['a1', 'a2', 'a3', 'b1']],
  ])('%s', async (where, expected, parameters = []) => {
    const rows = await found(`SELECT * FROM "the-rows" ${where}`, ...parameters);
    expect(where.includes('ORDER') ? rows : rows.sort()).toEqual(expected);
  });

  test('reads from an index', async () => {
    expect((await found('SELECT * FROM "the-rows"."by-room" WHERE room = \'x\' AND n > 1')).sort()).toEqual(['a3', 'b1']);
  });

  test('returns the attributes that it names, each under the last part of its path', async () => {
    const { Items } = await run("SELECT n, deep.is, deep.list[1], none FROM \"the-rows\" WHERE pk = 'b'");
    expect(Items).toEqual([{ n: { N: '4' }, is: { BOOL: true }, list: { S: 'two' } }]);
  });

  test('comes in pages', async () => {
    const statement = "SELECT * FROM \"the-rows\" WHERE pk = 'a'";
    const first = await run(statement, undefined, { Limit: 2 });
    const second = await run(statement, undefined, { Limit: 2, NextToken: first.NextToken });
    expect([first, second].map(({ Items }) => Items!.map(({ sk }) => sk.S))).toEqual([['1', '2'], ['3']]);
    expect(second.NextToken).toBeUndefined();
    await expect(run(`${statement} AND sk > '0'`, undefined, { NextToken: first.NextToken })).rejects.toThrow('NextToken does not match request');
  });
});

test('INSERT accepts every kind of value, and no item twice', async () => {
  await run("INSERT INTO \"the-rows\" VALUE {'pk': ?, 'sk': 'it''s', 's': <<'a', 'b'>>, 'n': <<1, 2.5>>, 'm': {'k': -1}, 'l': [true, NULL], 'e': {}}", [{ S: 'c' }]);
  const { Items } = await run("SELECT * FROM \"the-rows\" WHERE pk = 'c'");
  expect(Items).toEqual([{ pk: { S: 'c' }, sk: { S: "it's" }, s: { SS: ['a', 'b'] }, n: { NS: ['1', '2.5'] }, m: { M: { k: { N: '-1' } } }, l: { L: [{ BOOL: true }, { NULL: true }] }, e: { M: {} } }]);
  expect(written).toEqual([{ TableName: 'the-rows', Key: { pk: { S: 'c' }, sk: { S: "it's" } } }]);
  await expect(run("INSERT INTO \"the-rows\" VALUE {'pk': 'c', 'sk': 'it''s'}")).rejects.toMatchObject({ name: 'DuplicateItemException' });
});

describe('UPDATE', () => {
  const where = "WHERE pk = 'a' AND sk = '1'";

  test('sets, adds, appends and removes', async () => {
    const { Items } = await run(`UPDATE "the-rows" SET n = n + 10 SET deep.list = list_append(deep.list, ?), "new" = 'x' REMOVE room ${where} RETURNING ALL NEW *`, [{ L: [{ S: 'three' }] }]);
    expect(Items).toEqual([expect.objectContaining({ n: { N: '11' }, new: { S: 'x' }, deep: { M: { is: { BOOL: true }, list: { L: [{ N: '1' }, { S: 'two' }, { S: 'three' }] } } } })]);
    expect(Items![0]).not.toHaveProperty('room');
    expect(written).toEqual([{ TableName: 'the-rows', Key: { pk: { S: 'a' }, sk: { S: '1' } } }]);
  });

  test('adds to sets and deletes from them', async () => {
    await run(`UPDATE "the-rows" SET tags = <<'a', 'b'>> ${where}`);
    await run(`UPDATE "the-rows" SET tags = set_add(tags, <<'c'>>) ${where}`);
    const { Items } = await run(`UPDATE "the-rows" SET tags = set_delete(tags, <<'a'>>) ${where} RETURNING MODIFIED NEW *`);
    expect(Items).toEqual([{ tags: { SS: ['b', 'c'] } }]);
  });

  test('changes only an existing item whose condition holds', async () => {
    await expect(run("UPDATE \"the-rows\" SET n = 1 WHERE pk = 'none' AND sk = '1'")).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await expect(run(`UPDATE "the-rows" SET n = 1 ${where} AND n = 7`, undefined, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }))
      .rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: expect.objectContaining({ n: { N: '1' } }) });
    await expect(run("UPDATE \"the-rows\" SET n = 1 WHERE pk = 'a'")).rejects.toThrow('Where clause does not contain a mandatory equality on all key attributes');
  });
});

test('DELETE deletes an item if its condition holds, and a missing item is no error', async () => {
  const { Items } = await run("DELETE FROM \"the-rows\" WHERE pk = 'a' AND sk = '1' AND n = 1 RETURNING ALL OLD *");
  expect(Items).toEqual([expect.objectContaining({ pk: { S: 'a' }, n: { N: '1' } })]);
  await expect(run("DELETE FROM \"the-rows\" WHERE pk = 'a' AND sk = '2' AND n = 1")).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  expect((await run("DELETE FROM \"the-rows\" WHERE pk = 'none' AND sk = '2'")).Items).toEqual([]);
  expect((await run("DELETE FROM \"the-rows\" WHERE pk = 'none' AND sk = '2' AND n = 1 AND room = 'x'")).Items).toEqual([]);
  expect(await found('SELECT * FROM "the-rows" WHERE pk = \'a\'')).toEqual(['a2', 'a3']);
});

test.each([
  ['DROP TABLE x', 'must begin with SELECT, INSERT, UPDATE or DELETE'],
  ['SELECT * FROM "the-rows" WHERE', 'it ends where a value should be'],
  ['SELECT * FROM "the-rows" WHERE pk = ?', 'more parameters than the 0'],
  ['SELECT * FROM "the-rows" extra', "unexpected 'extra'"],
  ["INSERT INTO \"the-rows\" VALUE 'x'", 'must be an item'],
  ["UPDATE \"the-rows\" WHERE pk = 'a'", 'must SET or REMOVE'],
  ['SELECT * FROM "the-rows" WHERE explode(pk)', 'there is no function explode'],
  ["SELECT * FROM \"the-rows\" WHERE pk = 'a", "unexpected character '''"],
])('%s is refused', async (statement, why) => {
  await expect(run(statement)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(why) });
});

test('a missing table is an error', async () => {
  await expect(run('SELECT * FROM "none"')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(run("DELETE FROM \"none\" WHERE pk = 'a'")).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a transaction that is repeated with its token happens once', async () => {
  const add = (token: string, by: string) => table.client.send(new TransactWriteItemsCommand({
    ClientRequestToken: token,
    TransactItems: [{ Update: { TableName: 'the-rows', Key: { pk: { S: 'a' }, sk: { S: '1' } }, UpdateExpression: 'ADD n :by', ExpressionAttributeValues: { ':by': { N: by } } } }],
  }));
  await add('one', '1');
  await add('one', '1');
  await expect(add('one', '2')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
  await add('two', '1');
  const { Items } = await table.client.send(new ScanCommand({ TableName: 'the-rows', FilterExpression: 'pk = :a AND sk = :b', ExpressionAttributeValues: { ':a': { S: 'a' }, ':b': { S: '1' } } }));
  expect(Items![0].n).toEqual({ N: '3' });
});
