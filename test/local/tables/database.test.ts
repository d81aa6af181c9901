import { once } from 'node:events';
import { connect } from 'node:net';
import {
  DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand, UpdateItemCommand, DeleteItemCommand,
} from '@aws-sdk/client-dynamodb';
import { send as sendRequest } from '../../../harness/http';
import type { LocalEvent } from '../../../local/log';
import { readTable } from '../../../local/model/tables';
import { Database } from '../../../local/tables/database';
import { scopeOf } from '../fixtures/stack';

const Key = { AttributeName: 'connectionId', KeyType: 'HASH' };

const Resources = {
  Rows: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'connectionId', AttributeType: 'S' }],
      KeySchema: [Key],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    },
  },
  Indexed: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      TableName: 'indexed',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'connectionId', AttributeType: 'S' }, { AttributeName: 'room', AttributeType: 'S' }],
      KeySchema: [Key],
      GlobalSecondaryIndexes: [{ IndexName: 'byRoom', KeySchema: [{ AttributeName: 'room', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } }],
      Replicas: [{ Region: { Ref: 'AWS::Region' } }],
    },
  },
};

let database: Database;
let client: DynamoDBClient;
let rows: string;

beforeAll(async () => {
  const scope = scopeOf({ Resources });
  database = await Database.start(scope.resources().map((resource) => readTable(scope, resource)), { log: () => undefined });
  rows = scope.identity('Rows').ref;
  client = new DynamoDBClient({ endpoint: database.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
});

afterAll(async () => {
  client.destroy();
  await database.stop();
});

test('tables of the template can be written, read, updated and deleted from immediately', async () => {
  const key = { connectionId: { S: 'a' } };
  await client.send(new PutItemCommand({ TableName: rows, Item: { ...key, connectedAt: { N: '1' } } }));
  await client.send(new UpdateItemCommand({
    TableName: rows,
    Key: key,
    UpdateExpression: 'SET n = :n',
    ConditionExpression: 'connectedAt = :one',
    ExpressionAttributeValues: { ':n': { N: '2' }, ':one': { N: '1' } },
  }));
  expect((await client.send(new GetItemCommand({ TableName: rows, Key: key, ConsistentRead: true }))).Item).toMatchObject({ n: { N: '2' } });
  const refused = client.send(new DeleteItemCommand({
    TableName: rows, Key: key, ConditionExpression: 'connectedAt = :two', ExpressionAttributeValues: { ':two': { N: '2' } },
  }));
  await expect(refused).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  await client.send(new DeleteItemCommand({ TableName: rows, Key: key }));
  expect((await client.send(new ScanCommand({ TableName: rows }))).Count).toBe(0);
});

test('a global table has its indexes', async () => {
  await client.send(new PutItemCommand({ TableName: 'indexed', Item: { connectionId: { S: 'a' }, room: { S: 'r' } } }));
  const { Items } = await client.send(new QueryCommand({
    TableName: 'indexed', IndexName: 'byRoom', KeyConditionExpression: 'room = :r', ExpressionAttributeValues: { ':r': { S: 'r' } },
  }));
  expect(Items).toHaveLength(1);
});

test('expired items are deleted, and no others', async () => {
  const now = Date.now();
  const seconds = Math.floor(now / 1000);
  const items = { expired: { N: String(seconds - 1) }, alive: { N: String(seconds + 60) }, text: { S: '1' } };
  for (const [id, ttl] of Object.entries(items)) await client.send(new PutItemCommand({ TableName: rows, Item: { connectionId: { S: id }, ttl } }));
  await client.send(new PutItemCommand({ TableName: rows, Item: { connectionId: { S: 'without' } } }));
  await client.send(new PutItemCommand({ TableName: 'indexed', Item: { connectionId: { S: 'elsewhere' }, ttl: items.expired } }));

  expect(await database.sweep(now)).toBe(1);

  const { Items } = await client.send(new ScanCommand({ TableName: rows }));
  expect(Items!.map(({ connectionId }) => connectionId.S).sort()).toEqual(['alive', 'text', 'without']);
});

test('a client that is cut off in the middle of a request does no harm', async () => {
  const { port } = new URL(database.endpoint);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n{"Tab`);
  // The server waits for the rest.
  expect(String(await once(socket, 'data'))).toContain('100 Continue');
  socket.resetAndDestroy();
  await once(socket, 'close');
  expect((await sendRequest({ port: new URL(database.endpoint).port })).status).toBe(200);
});

interface Sent { readonly operation?: string; readonly body?: string; readonly path?: string; readonly method?: string }

/** Sends requests that no SDK sends. */
async function send({ operation = 'PutItem', body = '{}', path = '/', method = 'POST' }: Sent): Promise<{ status?: number; text: string }> {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'x-amz-date': '20200101T000000Z',
    'authorization': 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b',
  };
  const { port } = new URL(database.endpoint);
  const answer = await sendRequest({ port, path, method, headers }, body);
  return { status: answer.status, text: answer.body.toString() };
}

test.each<[string, Sent]>([
  ['a value that is null', { body: '{"TableName":"indexed","Item":{"x":null}}' }],
  ['null for a request', { body: 'null' }],
  ['tables that are null', { operation: 'BatchGetItem', body: '{"RequestItems":{"indexed":null}}' }],
  ['a path without a host', { path: '//' }],
])('%s is refused, and does no harm', async (_what, sent) => {
  const { status, text } = await send(sent);
  expect(status).toBe(400);
  expect(JSON.parse(text)).toHaveProperty('__type');
  expect((await client.send(new ScanCommand({ TableName: 'indexed' }))).Count).toBeGreaterThanOrEqual(0);
});

test('a table that cannot be created is reported, and the others are created', async () => {
  const columns = { KeySchema: [Key], AttributeDefinitions: [{ AttributeName: Key.AttributeName, AttributeType: 'S' }] };
  const scope = scopeOf({
    Resources: { Bad: { Type: 'AWS::DynamoDB::Table', Properties: { ...columns, AttributeDefinitions: [] } }, Good: { Type: 'AWS::DynamoDB::Table', Properties: columns } },
  });
  const events: LocalEvent[] = [];
  const withBad = await Database.start(scope.resources().map((resource) => readTable(scope, resource)), { log: (event) => events.push(event) });
  const { TableNames } = await withBad.call('ListTables', {});
  await withBad.stop();
  expect(TableNames).toEqual([scope.ref('Good')]);
  expect(events).toEqual([{ source: 'Stack/Bad', event: 'error', detail: expect.stringMatching(/^the table cannot be created: CreateTable: ValidationException: /) }]);
});
