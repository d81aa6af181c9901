import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDatabase, type Database } from '../../harness/database';
import { send, type HttpAnswer } from '../../harness/http';
import { closeServer, listenOnLoopback, portOf } from '../../harness/loopback';
import type { KeyAndCertificate } from '../../harness/self-signed';
import { HISTORY_ATTRIBUTE } from '../../src/private/contract';

interface Input {
  readonly TableName?: string;
  readonly ConsistentRead?: boolean;
  /** Tables of a BatchGetItem, which is one request to several tables. */
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly Key?: Readonly<Record<string, { readonly S?: string }>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
}

interface Call {
  readonly table: string;
  readonly operation: string;
  /** The partition that was read, as far as the request names one. */
  readonly partition?: string;
  readonly units: number;
}

const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan'];

interface Consumed {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/**
 * An embedded DynamoDB that reports the cost of each request, and takes the configured time for each. It is reached by TLS, as on AWS.
 */
export class MeteredDatabase {
  static async start(identity: KeyAndCertificate): Promise<MeteredDatabase> {
    const metered = new MeteredDatabase(await startDatabase(), identity);
    await listenOnLoopback(metered.server);
    return metered;
  }

  /** Additional milliseconds of each request. */
  latencyMillis = 0;
  /** Since the count began. */
  requests = 0;
  private calls: Call[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server;

  private constructor(readonly database: Database, identity: KeyAndCertificate) {
    this.server = createServer(identity, (request, response) => void this.serve(request, response).catch(() => response.destroy()));
  }

  get endpoint(): string {
    return `https://127.0.0.1:${portOf(this.server)}`;
  }

  /** Counts from here on. */
  reset(): void {
    this.calls = [];
    this.requests = 0;
  }

  callsOf(table: string, operation?: string): number {
    return this.calls.filter((call) => call.table === table && (operation === undefined || call.operation === operation)).length;
  }

  /** Read units of all tables. */
  get readUnits(): number {
    return this.calls.filter(({ operation }) => READS.includes(operation)).reduce((sum, { units }) => sum + units, 0);
  }

  readUnitsOf(table: string): number {
    return this.readsOf(table).reduce((sum, { units }) => sum + units, 0);
  }

  /** The read units of the partition that was read most. */
  mostReadUnitsOfOnePartition(table: string): number {
    const units = new Map<string, number>();
    for (const { partition = '', units: taken } of this.readsOf(table)) units.set(partition, (units.get(partition) ?? 0) + taken);
    return Math.max(...units.values());
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await closeServer(this.server);
    await this.database.stop();
  }

  private readsOf(table: string): Call[] {
    return this.calls.filter((call) => call.table === table && READS.includes(call.operation));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    const input = await json(request) as Input;
    if (this.latencyMillis > 0) await sleep(this.latencyMillis);
    const { status, headers, body } = await this.forward(request, JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }));
    const consumed = [(JSON.parse(body.toString()) as { ConsumedCapacity?: Consumed | Consumed[] }).ConsumedCapacity ?? []].flat();
    const partition = (input.Key?.[HISTORY_ATTRIBUTE.channel] ?? input.ExpressionAttributeValues?.[':channel'])?.S;
    this.requests++;
    for (const table of input.RequestItems ? Object.keys(input.RequestItems) : [input.TableName ?? '']) {
      const units = (consumed.find(({ TableName }) => TableName === table)?.CapacityUnits ?? 0) * factorOf(operation, input);
      this.calls.push({ table, operation, partition, units });
    }
    response.writeHead(status!, { 'content-type': headers['content-type'] ?? '', 'content-length': body.length });
    response.end(body);
  }

  private forward({ headers }: IncomingMessage, body: string): Promise<HttpAnswer> {
    const { port } = new URL(this.database.endpoint);
    return send({ port, agent: this.agent, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, body);
  }
}

/** The embedded database takes each Scan for an eventual one, which costs half. */
function factorOf(operation: string, { ConsistentRead }: Input): number {
  return operation === 'Scan' && ConsistentRead ? 2 : 1;
}
