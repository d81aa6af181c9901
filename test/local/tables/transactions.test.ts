import {
  DescribeTimeToLiveCommand, GetItemCommand, PutItemCommand, ScanCommand, TransactGetItemsCommand, TransactWriteItemsCommand,
  UpdateItemCommand, UpdateTimeToLiveCommand, type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { eventually } from '../../../harness/eventually';
import { Gate } from '../../../local/tables/gate';
import { oneTable } from '../fixtures/one-table';

const TableName = 'rows';
const columns = [['pk', 'HASH'], ['sk', 'RANGE']] as const;
const table = oneTable({
  TableName,
  AttributeDefinitions: columns.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: columns.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
  TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
});
const { written } = table;

const Key = (pk: string) => ({ pk: { S: pk }, sk: { S: '1' } });
const item = (pk: string, n = 0) => ({ ...Key(pk), n: { N: String(n) } });
const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
const add = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } };

function transact(...TransactItems: TransactWriteItem[]) {
  return table.client.send(new TransactWriteItemsCommand({ TransactItems }));
}

async function rows(): Promise<Record<string, string>> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName }));
  return Object.fromEntries(Items.map(({ pk, n }) => [pk.S!, n.N!]).sort());
}

test('a transaction writes all of its items, and counts as a write', async () => {
  await table.client.send(new PutItemCommand({ TableName, Item: item('gone') }));
  await table.client.send(new PutItemCommand({ TableName, Item: item('there') }));
  written.length = 0;
  await transact(
    { Put: { TableName, Item: item('new', 5), ...isNew } }, { Update: { TableName, Key: Key('counted'), ...add } }, { Delete: { TableName, Key: Key('gone') } },
    { ConditionCheck: { TableName, Key: Key('there'), ConditionExpression: 'attribute_exists(pk)' } }, { ConditionCheck: { TableName, Key: Key('none'), ...isNew } },
  );
  expect(await rows()).toEqual({ counted: '1', new: '5', there: '0' });
  expect(written).toEqual(['new', 'counted', 'gone'].map((pk) => ({ TableName, Key: Key(pk) })));
});

test('a transaction that fails for one item writes none, and gives a reason for each', async () => {
  await table.client.send(new PutItemCommand({ TableName, Item: item('a', 7) }));
  const failed = await transact(
    { Put: { TableName, Item: item('b', 1) } }, { Update: { TableName, Key: Key('a'), ...add } },
    { Put: { TableName, Item: item('c'), ConditionExpression: 'attribute_exists(pk)' } },
    { ConditionCheck: { TableName, Key: Key('none'), ConditionExpression: 'attribute_exists(pk)' } },
  ).catch((error: unknown) => error);
  expect(failed).toMatchObject({
    name: 'TransactionCanceledException',
    message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed, ConditionalCheckFailed]',
    CancellationReasons: [{ Code: 'None' }, { Code: 'None' }, { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' }, { Code: 'ConditionalCheckFailed' }],
  });
  expect(await rows()).toEqual({ a: '7' });
  const again = await transact({ Put: { TableName, Item: item('a'), ...isNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } }).catch((error: unknown) => error);
  expect(again).toMatchObject({ CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: item('a', 7) }] });
});

test('no part of a transaction is visible before it is complete', async () => {
  const seen = new Set<string>();
  const transactions = Array.from({ length: 10 }, () => transact({ Update: { TableName, Key: Key('a'), ...add } }, { Update: { TableName, Key: Key('b'), ...add } }));
  const failing = Array.from({ length: 10 }, () => transact(
    { Update: { TableName, Key: Key('a'), ...add } }, { ConditionCheck: { TableName, Key: Key('none'), ConditionExpression: 'attribute_exists(pk)' } },
  ).catch(() => undefined));
  const reads = Array.from({ length: 40 }, async () => {
    const { a = '0', b = '0' } = await rows();
    seen.add(String(Number(a) - Number(b)));
  });
  await Promise.all([...transactions, ...failing, ...reads]);
  expect(await rows()).toEqual({ a: '10', b: '10' });
  expect([...seen]).toEqual(['0']);
});

test('a transaction reads several items; one that names an item twice, or none, is refused', async () => {
  await table.client.send(new PutItemCommand({ TableName, Item: item('a', 7) }));
  const get = (pk: string) => ({ Get: { TableName, Key: Key(pk) } });
  expect((await table.client.send(new TransactGetItemsCommand({ TransactItems: [get('a'), get('none')] }))).Responses).toEqual([{ Item: item('a', 7) }, {}]);
  await expect(transact({ Put: { TableName, Item: item('a') } }, { Delete: { TableName, Key: Key('a') } }))
    .rejects.toThrow('Transaction request cannot include multiple operations on one item');
  await expect(transact()).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a client that disconnects during a transaction has its items written, and delays nobody', async () => {
  const arrived = jest.spyOn(Gate.prototype, 'together');
  const ids = Array.from({ length: 20 }, (_none, index) => `w${index}`);
  const running = transact(...Array.from({ length: 100 }, (_none, index) => ({ Update: { TableName, Key: Key(`t${index}`), ...add } })));
  const gone = new AbortController();
  const put = (pk: string) => table.client.send(new PutItemCommand({ TableName, Item: item(pk) }), { abortSignal: gone.signal });
  const writes = ids.map((pk) => put(pk).catch(({ name }: Error) => name));
  let isRunning = true;
  void running.then(() => { isRunning = false; });
  await eventually(() => arrived.mock.calls.length === ids.length);
  gone.abort();
  expect(isRunning).toBe(true);
  expect(await Promise.all(writes)).toEqual(ids.map(() => 'AbortError'));
  await running;
  await transact({ Put: { TableName, Item: item('next') } });
  expect(await rows()).toMatchObject(Object.fromEntries(ids.map((pk) => [pk, '0'])));
  expect(written).toEqual(expect.arrayContaining(ids.map((pk) => ({ TableName, Key: Key(pk) }))));
}, 10_000);

test.each([
  ['put', () => new PutItemCommand({ TableName, Item: item('a'), ...isNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })],
  ['update', () => new UpdateItemCommand({ TableName, Key: Key('a'), ...add, ...isNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })],
])('a %s whose condition fails is given the item that is there', async (_what, command) => {
  await table.client.send(new PutItemCommand({ TableName, Item: item('a', 7) }));
  await expect(table.client.send(command() as PutItemCommand)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: item('a', 7) });
  expect((await table.client.send(new GetItemCommand({ TableName, Key: Key('a') }))).Item).toEqual(item('a', 7));
});

test('the time to live of a table can be read and changed', async () => {
  const described = async () => (await table.client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  expect(await described()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  await table.client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'until', Enabled: true } }));
  expect(await described()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'until' });
  await table.client.send(new PutItemCommand({ TableName, Item: { ...item('a'), until: { N: '1' } } }));
  expect(await table.database.sweep(Date.now())).toBe(1);
});
