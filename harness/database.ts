import { createServer } from 'node:http';
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient, waitUntilTableExists, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { closeServer, listenOnLoopback } from './loopback';
import { inParallel } from '../lambda-src/core/in-parallel';
import { createClient } from '../local/tables/client';
import { completeRequests, Engine } from '../local/tables/engine';
import { answerWith } from '../local/tables/extensions';
import { batchExecuteStatement } from '../local/tables/partiql/execute';
import { ATTRIBUTE } from '../src/private/contract';

const BATCH = 25;
const BATCHES_AT_ONCE = 8;

/** dynalite wants credentials, and accepts any. */
export const ANY_CREDENTIALS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

export function databaseClient(endpoint: string, maxAttempts?: number): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    maxAttempts,
    region: ANY_CREDENTIALS.AWS_REGION,
    credentials: { accessKeyId: ANY_CREDENTIALS.AWS_ACCESS_KEY_ID, secretAccessKey: ANY_CREDENTIALS.AWS_SECRET_ACCESS_KEY },
  });
}

export interface Database {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** Number of requests of each operation. */
  readonly calls: Map<string, number>;
  stop(): Promise<void>;
}

/** An embedded DynamoDB that counts what it is asked. */
export async function startDatabase(): Promise<Database> {
  const engine = new Engine();
  // The statements of a batch reach it through this one, uncounted.
  const inner = createServer(completeRequests(engine.answer));
  const call = createClient(await listenOnLoopback(inner));
  const calls = new Map<string, number>();
  const keys = new Map<string, string[]>();
  const server = createServer(completeRequests((request, body, response) => {
    const operation = String(request.headers['x-amz-target'] ?? 'none').split('.').pop()!;
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    if (operation === 'CreateTable') noteKeys(keys, body);
    if (operation !== 'BatchExecuteStatement') return engine.answer(request, body, response);
    const keysOf = (table: string) => keys.get(table) ?? [];
    void answerWith(response, () => batchExecuteStatement(call, keysOf, JSON.parse(body.toString()) as Record<string, unknown>));
  }));
  const endpoint = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  const client = databaseClient(endpoint);
  const stop = async () => {
    client.destroy();
    await closeServer(server);
    await closeServer(inner);
  };
  return { endpoint, client, calls, stop };
}

function noteKeys(keys: Map<string, string[]>, body: Buffer): void {
  const { TableName, KeySchema } = JSON.parse(body.toString()) as { TableName: string; KeySchema: { AttributeName: string }[] };
  keys.set(TableName, KeySchema.map(({ AttributeName }) => AttributeName));
}

export async function createConnectionsTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: ATTRIBUTE.connectionId, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: ATTRIBUTE.connectionId, KeyType: 'HASH' }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName: tableName });
}

type Item = Record<string, AttributeValue>;

export interface Row {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly ttl: number;
}

/** @param padding bytes of an attribute that the handlers do not know */
export function item({ connectionId, connectedAt, ttl }: Row, padding = 0): Item {
  return {
    [ATTRIBUTE.connectionId]: { S: connectionId },
    [ATTRIBUTE.connectedAt]: { N: String(connectedAt) },
    [ATTRIBUTE.ttl]: { N: String(ttl) },
    ...(padding > 0 && { padding: { S: 'x'.repeat(padding) } }),
  };
}

export async function putRows(client: DynamoDBClient, tableName: string, rows: readonly Row[], padding = 0): Promise<void> {
  await putItems(client, tableName, rows.map((row) => item(row, padding)));
}

/** Writes items, in no order. */
export async function putItems(client: DynamoDBClient, tableName: string, items: readonly Item[]): Promise<void> {
  const batches: (readonly Item[])[] = [];
  for (let start = 0; start < items.length; start += BATCH) batches.push(items.slice(start, start + BATCH));
  await inParallel(batches, BATCHES_AT_ONCE, async (batch) => {
    const requests = batch.map((Item) => ({ PutRequest: { Item } }));
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
    if (UnprocessedItems?.[tableName]) throw new Error(`${UnprocessedItems[tableName].length} rows were not written`);
  });
}
