import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { mayComeFromPage } from '../cross-site';
import { LocalError, messageOf } from '../errors';
import { createClient, type Call } from './client';
import { sweepExpired } from './ttl';
import { writtenItems } from './written-items';
import type { StaleReads } from '../faults/faults';
import { Replica } from '../faults/replica';
import { NEEDS_RESTART, type Log } from '../log';
import type { TableModel } from '../model/tables';

/** DynamoDB deletes expired items within days; here it takes a minute, so that a table on a laptop stays readable. */
const SWEEP_INTERVAL_MS = 60_000;

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

export interface DatabaseOptions {
  readonly log: Log;
  /** Is told of every write, with the name of the table. */
  readonly onWrite?: (tableName: string) => void;
  /** Which reads do not see the latest writes; none by default. */
  readonly staleReads?: StaleReads;
}

/** The tables of the template, in an embedded DynamoDB in memory. */
export class Database {
  static async start(tables: readonly TableModel[], options: DatabaseOptions): Promise<Database> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const database = new Database(server, options);
    try {
      if (options.staleReads) database.replica = await Replica.start(database.call, options.staleReads);
      await database.apply(tables);
    } catch (error) {
      await database.stop();
      throw error;
    }
    return database;
  }

  readonly endpoint: string;
  readonly call: Call;
  private readonly sweeper: NodeJS.Timeout;
  private readonly engine = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  private readonly tables = new Map<string, TableModel>();
  private replica?: Replica;

  private constructor(private readonly server: Server, private readonly options: DatabaseOptions) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.serve(request, response).catch(() => response.destroy());
    });
    const { port } = server.address() as AddressInfo;
    this.endpoint = `http://127.0.0.1:${port}`;
    this.call = createClient(port);
    // A sweep that fails is tried again a minute later; nothing depends on it.
    this.sweeper = setInterval(() => void this.sweep(Date.now()).catch(() => undefined), SWEEP_INTERVAL_MS);
  }

  /** Takes the tables of a newly loaded app. Tables keep what is in them. */
  async apply(models: readonly TableModel[]): Promise<void> {
    const restart = ({ path }: TableModel, what: string) => this.options.log({ source: path, event: 'reload', detail: `${what}, ${NEEDS_RESTART}` });
    for (const table of this.tables.values()) {
      if (!models.some(({ name }) => name === table.name)) restart(table, 'the table was removed');
    }
    await Promise.all(models.map(async (table) => {
      const known = this.tables.get(table.name);
      if (!known) await this.create(table);
      if (known && JSON.stringify(known.createTable) !== JSON.stringify(table.createTable)) restart(table, 'the keys or indexes of the table were changed');
      else this.tables.set(table.name, table);
    }));
  }

  /** Deletes what expired before a moment. Returns how many items that were. */
  async sweep(now: number): Promise<number> {
    const swept = await Promise.all([...this.tables.values()].map((table) => sweepExpired(this.call, table, now)));
    return swept.reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    clearInterval(this.sweeper);
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    await this.replica?.stop();
  }

  /**
   * Hands dynalite a request only when it is complete: a client that is killed half-way through one would otherwise end this
   * process, because dynalite throws from the request's error event. It throws from other events at some requests that are malformed, too;
   * which is why they are emitted here, where that can be caught.
   */
  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (mayComeFromPage(request)) return void response.writeHead(403).end();
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) return;
    if (body === 'too large') return void response.writeHead(413).end();
    const { method, url, headers } = request;
    try {
      const operation = String(headers['x-amz-target']).split('.').pop()!;
      // Whatever else is answered with 200, it is no operation.
      const engine = method === 'POST' ? this.engineFor(operation, body, response) : this.engine;
      const complete = Object.assign(new EventEmitter(), { method, url, headers });
      engine.emit('request', complete, response);
      complete.emit('data', body);
      complete.emit('end');
    } catch (error) {
      refuse(response, messageOf(error));
    }
  }

  private engineFor(operation: string, body: Buffer, response: ServerResponse): Server {
    const { replica, options: { onWrite } } = this;
    const input = replica || onWrite ? parse(body) : undefined;
    if (!input) return this.engine;
    if (replica?.answers(operation, input)) return replica.engine;
    response.once('finish', () => {
      if (response.statusCode !== 200) return;
      replica?.written(operation, input, (table) => this.keysOf(table));
      if (onWrite) new Set(writtenItems(operation, input, () => []).map(({ TableName }) => TableName)).forEach(onWrite);
    });
    return this.engine;
  }

  private keysOf(tableName: string): string[] {
    const { KeySchema = [] } = this.tables.get(tableName)?.createTable ?? {};
    return (KeySchema as { AttributeName: string }[]).map(({ AttributeName }) => AttributeName);
  }

  private async create(table: TableModel): Promise<void> {
    try {
      await this.call('CreateTable', table.createTable);
    } catch (error) {
      throw new LocalError(`cannot create the table ${table.path}: ${messageOf(error)}`);
    }
    for (;;) {
      const { Table } = await this.call('DescribeTable', { TableName: table.name }) as { Table: { TableStatus: string } };
      if (Table.TableStatus === 'ACTIVE') return;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

function refuse(response: ServerResponse, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: 'com.amazon.coral.service#SerializationException', message }));
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk as Buffer);
  }
  return size > MAX_REQUEST_BYTES ? 'too large' : Buffer.concat(chunks);
}
