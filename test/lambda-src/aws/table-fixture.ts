import { createServer, type Server } from 'node:http';
import {
  type AttributeValue, BatchWriteItemCommand, CreateTableCommand, DynamoDBClient, GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { closeServer, listenOnLoopback, portOf } from '../../../harness/loopback';
import { ATTRIBUTE } from '../../../src/private/contract';

const TABLE = 'connections';

/** A connections table in an embedded DynamoDB, on the loopback. */
export class TableFixture {
  static async start(): Promise<TableFixture> {
    const server = dynalite({ createTableMs: 0 });
    await listenOnLoopback(server);
    const fixture = new TableFixture(server, clientOf(server));
    await fixture.client.send(new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: ATTRIBUTE.connectionId, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: ATTRIBUTE.connectionId, KeyType: 'HASH' }],
    }));
    return fixture;
  }

  readonly tableName = TABLE;

  private constructor(private readonly server: Server, readonly client: DynamoDBClient) {}

  /** Writes rows, each of a key and other attributes. */
  async put(rows: readonly Record<string, AttributeValue>[]): Promise<void> {
    for (let at = 0; at < rows.length; at += 25) {
      const requests = rows.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
      await this.client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } }));
    }
  }

  async get(connectionId: string): Promise<Record<string, AttributeValue> | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({ TableName: TABLE, Key: { [ATTRIBUTE.connectionId]: { S: connectionId } } }));
    return Item;
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await closeServer(this.server);
  }
}

/** A DynamoDB that answers each request with the next of these answers, or never when there are none left. */
export async function scriptedDynamoDB(answers: { status: number; body: string; hangsAfter?: number }[]) {
  const requests: { target: string; input: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    let input = '';
    request.on('data', (chunk: Buffer) => (input += chunk.toString()));
    request.on('end', () => {
      requests.push({ target: String(request.headers['x-amz-target']), input: JSON.parse(input) });
      const answer = answers.shift();
      if (!answer) return;
      response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': answer.body.length });
      if (answer.hangsAfter === undefined) response.end(answer.body);
      else response.write(answer.body.slice(0, answer.hangsAfter));
    });
  });
  await listenOnLoopback(server);
  const client = clientOf(server);
  const stop = async () => {
    client.destroy();
    await closeServer(server);
  };
  return { client, requests, stop };
}

function clientOf(server: Server): DynamoDBClient {
  const port = portOf(server);
  return new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: { accessKeyId: 'key', secretAccessKey: 'secret' }, maxAttempts: 2,
  });
}
