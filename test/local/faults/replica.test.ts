import {
  DynamoDBClient, GetItemCommand, ScanCommand, PutItemCommand, UpdateItemCommand, DeleteItemCommand, BatchGetItemCommand, BatchWriteItemCommand,
} from '@aws-sdk/client-dynamodb';
import { eventually } from '../../../harness/eventually';
import { Faults } from '../../../local/faults/faults';
import { readTable } from '../../../local/model/tables';
import { Database } from '../../../local/tables/database';
import { ROWS_TABLE } from '../fixtures/small-app';
import { scopeOf } from '../fixtures/stack';

let database: Database;
let client: DynamoDBClient;
let TableName: string;

/** Starts with a lag longer than a test, or with a short one. */
async function start(lag: string): Promise<void> {
  const scope = scopeOf({ Resources: { Rows: ROWS_TABLE } });
  const tables = scope.resources().map((resource) => readTable(scope, resource));
  TableName = tables[0].name;
  database = await Database.start(tables, { log: () => undefined, staleReads: new Faults([`stale=${lag}`]).staleReads });
  client = new DynamoDBClient({ endpoint: database.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
}

afterEach(async () => {
  client.destroy();
  await database.stop();
});

const row = (id: string, value = '1') => ({ connectionId: { S: id }, value: { N: value } });
const put = (id: string, value?: string) => client.send(new PutItemCommand({ TableName, Item: row(id, value) }));

async function scan(ConsistentRead?: boolean): Promise<unknown[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead }));
  return Items.sort((left, right) => String(left.connectionId.S).localeCompare(String(right.connectionId.S)));
}

test('a scan does not see the latest writes, a scan with ConsistentRead does', async () => {
  await start('60s');
  await put('a=');
  expect(await scan()).toEqual([]);
  expect(await scan(false)).toEqual([]);
  expect(await scan(true)).toEqual([row('a=')]);
  expect((await client.send(new GetItemCommand({ TableName, Key: { connectionId: { S: 'a=' } } }))).Item).toBeUndefined();
});

test('it sees every kind of write after the delay', async () => {
  await start('20ms');
  await put('a=');
  await put('b=');
  await client.send(new BatchWriteItemCommand({
    RequestItems: {
      [TableName]: [
        { PutRequest: { Item: row('c=') } }, { PutRequest: { Item: row('d=') } }, { DeleteRequest: { Key: { connectionId: { S: 'b=' } } } },
      ],
    },
  }));
  await client.send(new UpdateItemCommand({
    TableName, Key: { connectionId: { S: 'a=' } }, UpdateExpression: 'SET #v = :v', ExpressionAttributeNames: { '#v': 'value' }, ExpressionAttributeValues: { ':v': { N: '2' } },
  }));
  await client.send(new DeleteItemCommand({ TableName, Key: { connectionId: { S: 'd=' } } }));
  const expected = [row('a=', '2'), row('c=')];
  expect(await scan(true)).toEqual(expected);
  await eventually(async () => JSON.stringify(await scan()) === JSON.stringify(expected));
});

test('a read whose tables are null is refused by the database', async () => {
  await start('60s');
  const read = client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: null as unknown as { Keys: [] } } }));
  await expect(read).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  expect(await scan(true)).toEqual([]);
});

test('a write whose condition fails does not change the replica either', async () => {
  await start('0ms');
  await put('a=');
  await expect(client.send(new DeleteItemCommand({
    TableName, Key: { connectionId: { S: 'a=' } }, ConditionExpression: 'attribute_not_exists(connectionId)',
  }))).rejects.toThrow('conditional');
  await eventually(async () => (await scan()).length === 1);
});
