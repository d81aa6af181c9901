import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type AttributeValue, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createConnectionsTable, databaseClient, putItems, startDatabase, type Database } from '../../../harness/database';
import { closeServer, listenOnLoopback, portOf } from '../../../harness/loopback';
import { ATTRIBUTE } from '../../../src/private/contract';

const TABLE = 'connections';

/** A connections table in an embedded DynamoDB. */
export class TableFixture {
  static async start(): Promise<TableFixture> {
    const fixture = new TableFixture(await startDatabase());
    await createConnectionsTable(fixture.client, TABLE);
    return fixture;
  }

  readonly tableName = TABLE;
  readonly client: DynamoDBClient;

  private constructor(private readonly database: Database) {
    this.client = database.client;
  }

  /** Writes rows, each of a key and other attributes. */
  put(rows: readonly Record<string, AttributeValue>[]): Promise<void> {
    return putItems(this.client, TABLE, rows);
  }

  async get(connectionId: string): Promise<Record<string, AttributeValue> | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({ TableName: TABLE, Key: { [ATTRIBUTE.connectionId]: { S: connectionId } } }));
    return Item;
  }

  stop(): Promise<void> {
    return this.database.stop();
  }
}

/** A DynamoDB that answers each request with the next of these answers, or never when there are none left. */
export async function scriptedDynamoDB(answers: { status: number; body: string; hangsAfter?: number }[]) {
  const requests: { target: string; input: Record<string, unknown> }[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ target: String(request.headers['x-amz-target']), input: await json(request) as Record<string, unknown> });
    const answer = answers.shift();
    if (!answer) return;
    response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': answer.body.length });
    if (answer.hangsAfter === undefined) response.end(answer.body);
    else response.write(answer.body.slice(0, answer.hangsAfter));
  });
  await listenOnLoopback(server);
  const client = databaseClient(`http://127.0.0.1:${portOf(server)}`, 2);
  const stop = async () => {
    client.destroy();
    await closeServer(server);
  };
  return { client, requests, stop };
}
