import { type AttributeValue, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE, PACE } from '../../src/private/contract';
import { createConnectionsTable, putItems, startDatabase, type Database } from '../database';
import { FaultProxy, type TableBehaviour } from './fault-proxy';
import type { KeyAndCertificate } from '../self-signed';

/** A row of the connections table, in terms of now. */
export interface Row {
  readonly id: string;
  /** Age of the connection, by default ten minutes. */
  readonly ageSeconds?: number;
  /** In how many seconds the row is dead; two hours unless told. */
  readonly expiresInSeconds?: number;
  /** Bytes of an attribute that the handlers do not know. */
  readonly padding?: number;
  /** Whether the row has its key only, as it may in a table of the user's own. */
  readonly isBare?: boolean;
  /** Makes the row the item of the shared rate, which is reserved for this many seconds. */
  readonly backlogSeconds?: number;
}

/** Connections tables in an embedded DynamoDB, behind a proxy that makes them fail. */
export class Tables {
  /** @param tls makes handlers reach them over TLS */
  static async start(tls?: KeyAndCertificate): Promise<Tables> {
    const tables = new Tables(await startDatabase(), tls);
    tables.proxyEndpoint = await tables.proxy.start();
    return tables;
  }

  readonly proxy: FaultProxy;
  private proxyEndpoint = '';
  private made = 0;

  private constructor(private readonly database: Database, tls?: KeyAndCertificate) {
    const { port } = new URL(database.endpoint);
    this.proxy = new FaultProxy(Number(port), async (tableName, connectionId) => this.put(tableName, { id: connectionId, ageSeconds: 0 }), tls);
  }

  /** Environment by which a handler reaches DynamoDB. */
  get endpoint(): string {
    return this.proxyEndpoint;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.database.stop();
  }

  /** A new table with these rows, which behaves well while it is filled and then as told. Returns its name. */
  async create(rows: readonly Row[], behaviour: TableBehaviour = {}): Promise<string> {
    const TableName = `connections-${this.made++}`;
    await createConnectionsTable(this.database.client, TableName);
    const now = Date.now();
    await putItems(this.database.client, TableName, rows.map((row) => itemOf(row, now)));
    this.proxy.behave(behaviour);
    return TableName;
  }

  async put(tableName: string, row: Row): Promise<void> {
    await this.database.client.send(new PutItemCommand({ TableName: tableName, Item: itemOf(row, Date.now()) }));
  }

  /** All items of a table, reserved ones included. */
  async items(tableName: string): Promise<Record<string, AttributeValue>[]> {
    const items: Record<string, AttributeValue>[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.database.client.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey }));
      items.push(...page.Items!);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return items;
  }
}

export function itemOf(row: Row, now: number): Record<string, AttributeValue> {
  const { id, ageSeconds = 600, expiresInSeconds = 7_200, padding, isBare, backlogSeconds } = row;
  if (backlogSeconds) return { [ATTRIBUTE.connectionId]: { S: PACE.key }, [PACE.until]: { N: String(now + backlogSeconds * 1000) } };
  return {
    [ATTRIBUTE.connectionId]: { S: id },
    ...(!isBare && {
      [ATTRIBUTE.connectedAt]: { N: String(now - ageSeconds * 1000) },
      [ATTRIBUTE.ttl]: { N: String(Math.floor(now / 1000) + expiresInSeconds) },
    }),
    ...(padding && { padding: { S: 'x'.repeat(padding) } }),
  };
}
