import { DeleteItemCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { scriptedDynamoDB, TableFixture } from './table-fixture';
import { ConnectionsTable } from '../../../lambda-src/aws/connections-table';
import type { Connection } from '../../../lambda-src/core/connection';

const never = new AbortController().signal;

async function readAll(table: ConnectionsTable, abortSignal = never): Promise<(readonly Connection[])[]> {
  const pages: (readonly Connection[])[] = [];
  for await (const page of table.pages(abortSignal)) pages.push(page);
  return pages;
}

describe('against a table', () => {
  let fixture: TableFixture;
  let table: ConnectionsTable;
  beforeEach(async () => {
    fixture = await TableFixture.start();
    table = new ConnectionsTable(fixture.client, fixture.tableName);
  });
  afterEach(async () => fixture.stop());

  test('a stored row is read back', async () => {
    await table.store({ connectionId: 'R0oXAdfD0=', connectedAt: 1_700_000_000_123, ttl: 1_700_010_800 });
    expect(await readAll(table)).toEqual([[{ connectionId: 'R0oXAdfD0=', connectedAt: 1_700_000_000_123, ttl: 1_700_010_800 }]]);
  });

  test('rows of a user\'s own table need only their key', async () => {
    await fixture.put([
      { connectionId: { S: 'bare' } },
      { connectionId: { S: 'odd' }, connectedAt: { S: 'yesterday' }, ttl: { BOOL: true }, name: { S: 'x' } },
    ]);
    expect((await readAll(table)).flat().sort((a, b) => a.connectionId.localeCompare(b.connectionId))).toEqual([
      { connectionId: 'bare', connectedAt: undefined, ttl: undefined }, { connectionId: 'odd', connectedAt: undefined, ttl: undefined },
    ]);
  });

  test('an empty table is one empty page', async () => {
    expect(await readAll(table)).toEqual([[]]);
  });

  test('every page is read', async () => {
    const padding = { S: 'x'.repeat(20_000) };
    const rows = Array.from({ length: 130 }, (_, n) => ({ connectionId: { S: `c${n}` }, connectedAt: { N: String(n) }, padding }));
    await fixture.put(rows);
    const pages = await readAll(table);
    expect(pages.length).toBeGreaterThanOrEqual(3);
    expect(pages.flat().map(({ connectedAt }) => connectedAt!).sort((a, b) => a - b)).toEqual(rows.map((_, n) => n));
  });

  test('deletes the row of that connection', async () => {
    await table.store({ connectionId: 'a', connectedAt: 1, ttl: 1 });
    await table.remove('a', 1);
    expect(await fixture.get('a')).toBeUndefined();
  });

  test('keeps the row of a later connection with the same id', async () => {
    await table.store({ connectionId: 'a', connectedAt: 2, ttl: 1 });
    await table.remove('a', 1);
    expect(await fixture.get('a')).toBeDefined();
  });

  test('deleting a missing row is no error', async () => {
    await expect(table.remove('a', 1)).resolves.toBeUndefined();
  });

  test('a missing table cannot be read, and no row of it deleted', async () => {
    const lost = new ConnectionsTable(fixture.client, 'nothing');
    await expect(readAll(lost)).rejects.toThrow(/not found/);
    await expect(lost.remove('a', 1)).rejects.toThrow(/not found/);
  });
});

describe('against a DynamoDB that misbehaves', () => {
  const page = (body: object) => ({ status: 200, body: JSON.stringify(body) });
  const key = { connectionId: { S: 'a' } };

  test('an error is the SDK\'s, by its name', async () => {
    const { client, stop } = await scriptedDynamoDB([{ status: 400, body: '{"__type":"com.amazonaws.dynamodb#AccessDeniedException","Message":"no"}' }]);
    await expect(readAll(new ConnectionsTable(client, 't'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await stop();
  });

  test('a throttled page is requested again, and its rows are not read twice', async () => {
    const throttled = { status: 400, body: '{"__type":"com.amazonaws.dynamodb#ProvisionedThroughputExceededException"}' };
    const { client, requests, stop } = await scriptedDynamoDB([throttled, page({ Items: [key], Count: 1 })]);
    expect((await readAll(new ConnectionsTable(client, 't'))).flat()).toHaveLength(1);
    expect(requests).toHaveLength(2);
    await stop();
  });

  test('reads consistently, only what it needs, from where the last page ended', async () => {
    const { client, requests, stop } = await scriptedDynamoDB([page({ Items: [], LastEvaluatedKey: key }), page({ Items: [key] })]);
    expect(await readAll(new ConnectionsTable(client, 't'))).toEqual([[], [{ connectionId: 'a', connectedAt: undefined, ttl: undefined }]]);
    const input = {
      TableName: 't',
      ConsistentRead: true,
      ProjectionExpression: '#connectionId, #connectedAt, #ttl',
      ExpressionAttributeNames: { '#connectionId': 'connectionId', '#connectedAt': 'connectedAt', '#ttl': 'ttl' },
    };
    expect(requests.map((request) => request.input)).toEqual([input, { ...input, ExclusiveStartKey: key }]);
    await stop();
  });

  test('reads no more rows at once than configured', async () => {
    const { client, requests, stop } = await scriptedDynamoDB([page({ Items: [key], LastEvaluatedKey: key }), page({ Items: [key] })]);
    await readAll(new ConnectionsTable(client, 't', 5));
    expect(requests.map((request) => (request.input as { Limit?: number }).Limit)).toEqual([5, 5]);
    await stop();
  });

  test.each([['without an answer', []], ['in the middle of an answer', [{ ...page({ Items: [key] }), hangsAfter: 10 }]]])(
    'a read that hangs %s ends when it is aborted', async (_, answers) => {
      const { client, requests, stop } = await scriptedDynamoDB(answers);
      const aborted = new AbortController();
      const reading = readAll(new ConnectionsTable(client, 't'), aborted.signal).catch((error: Error) => error);
      while (requests.length === 0) await new Promise(setImmediate);
      for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
      aborted.abort();
      expect(await reading).toBeInstanceOf(Error);
      await stop();
    });
});

describe('the requests', () => {
  const client = new DynamoDBClient();
  const dynamo = mockClient(client);
  const table = new ConnectionsTable(client, 't');
  beforeEach(() => dynamo.reset().onAnyCommand().resolves({}));

  test('a row has its key and two numbers', async () => {
    await table.store({ connectionId: 'a', connectedAt: 5, ttl: 6 });
    expect(dynamo.commandCalls(PutItemCommand)[0].args[0].input).toEqual({
      TableName: 't', Item: { connectionId: { S: 'a' }, connectedAt: { N: '5' }, ttl: { N: '6' } },
    });
  });

  test('a delete is on the condition that the row is still the one that was read', async () => {
    await table.remove('a', 5);
    expect(dynamo.commandCalls(DeleteItemCommand)[0].args[0].input).toEqual({
      TableName: 't',
      Key: { connectionId: { S: 'a' } },
      ConditionExpression: '#connectedAt = :seen',
      ExpressionAttributeNames: { '#connectedAt': 'connectedAt' },
      ExpressionAttributeValues: { ':seen': { N: '5' } },
    });
  });

  test('nothing is read before it is requested', () => {
    table.pages(never);
    expect(dynamo.commandCalls(ScanCommand)).toEqual([]);
  });
});
