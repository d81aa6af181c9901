import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../errors';
import { answered } from './answered';
import { createClient, type Call } from './client';
import { completeRequests, Engine, refusingPages } from './engine';
import { answerWith, extensionOf } from './extensions';
import { Gate } from './gate';
import { Idempotency } from './idempotency';
import type { KeysOf } from './partiql/translate';
import type { Input } from './transactions';
import { withTableNames } from './table-names';
import { sweepExpired } from './ttl';
import { writtenItems, type Written } from './written-items';
import type { StaleReads } from '../faults/faults';
import { Replica } from '../faults/replica';
import { NEEDS_RESTART, type Log } from '../log';
import { keyNamesOf, type TableModel } from '../model/tables';

/** DynamoDB deletes expired items within days; here it takes a minute, so that a table on a laptop stays readable. */
const SWEEP_INTERVAL_MILLIS = 60_000;

export interface DatabaseOptions {
  readonly log: Log;
  /** Called for every item that is written or deleted. */
  readonly onWrite?: (item: Written) => void;
  /** Reads that miss the latest writes; none by default. */
  readonly staleReads?: StaleReads;
}

/** The tables of the template, in an embedded in-memory DynamoDB. */
export class Database {
  static async start(tables: readonly TableModel[], options: DatabaseOptions): Promise<Database> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const engine = new Engine();
    // For operations made of several others: these bypass the ones that wait.
    const inner = createServer(refusingPages(completeRequests(engine.answer)));
    await new Promise<void>((resolve, reject) => inner.once('error', reject).listen(0, '127.0.0.1', resolve));
    const database = new Database(server, inner, engine, options);
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
  /** Answers a DynamoDB request from this port, or from a function's endpoint. */
  readonly serve = completeRequests((request, body, response) => this.answer(request, body, response));
  private readonly sweeper: NodeJS.Timeout;
  private readonly gate = new Gate();
  private readonly idempotency = new Idempotency();
  private readonly tables = new Map<string, TableModel>();
  private replica?: Replica;

  private constructor(
    private readonly server: Server, private readonly inner: Server, private readonly engine: Engine, private readonly options: DatabaseOptions,
  ) {
    server.on('request', refusingPages(this.serve));
    const { port } = server.address() as AddressInfo;
    this.endpoint = `http://127.0.0.1:${port}`;
    this.call = createClient(port);
    // A failed sweep is repeated a minute later; nothing depends on it.
    this.sweeper = setInterval(() => void this.sweep(Date.now()).catch(() => undefined), SWEEP_INTERVAL_MILLIS);
  }

  /** Applies the tables of a newly loaded app. Tables keep their items. */
  async apply(models: readonly TableModel[]): Promise<void> {
    const restart = ({ path }: TableModel, what: string) => this.options.log({ source: path, event: 'reload', detail: `${what}, ${NEEDS_RESTART}` });
    for (const table of this.tables.values()) {
      if (!models.some(({ name }) => name === table.name)) restart(table, 'the table was removed');
    }
    await Promise.all(models.map(async (table) => {
      const known = this.tables.get(table.name);
      if (!known && !await this.create(table)) return;
      if (known && JSON.stringify(known.createTable) !== JSON.stringify(table.createTable)) restart(table, 'the keys or indexes of the table were changed');
      else this.tables.set(table.name, table);
    }));
  }

  /** Deletes items that expired before a time. Returns their number. */
  async sweep(now: number): Promise<number> {
    const swept = await Promise.all([...this.tables.values()].map((table) => sweepExpired(this.call, table, now)));
    return swept.reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    clearInterval(this.sweeper);
    for (const server of [this.server, this.inner]) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    }
    await this.replica?.stop();
  }

  private answer(request: IncomingMessage, sent: Buffer, response: ServerResponse): void {
    const operation = String(request.headers['x-amz-target']).split('.').pop()!;
    const parsed = request.method === 'POST' ? parse(sent) : undefined;
    const input = parsed && withTableNames(parsed);
    const body = input === parsed ? sent : Buffer.from(JSON.stringify(input));
    const work = input && this.extensionOf(operation, input);
    if (work) return void this.gate.alone(() => this.extend(operation, body, response, work)).catch(() => response.destroy());
    void this.gate.together(async () => {
      const done = answered(response);
      this.answerByEngine(operation, request, body, response);
      await done;
    }).catch(() => response.destroy());
  }

  /** Returns the handler of an operation that the engine lacks, or supports only in part. */
  private extensionOf(operation: string, input: Input): (() => Promise<object>) | undefined {
    const table = this.tables.get(String(input.TableName));
    if (table && operation === 'UpdateTimeToLive') {
      return () => {
        const { AttributeName, Enabled } = (input.TimeToLiveSpecification ?? {}) as { AttributeName?: string; Enabled?: boolean };
        this.tables.set(table.name, { ...table, ttlAttribute: Enabled ? AttributeName : undefined });
        return Promise.resolve({ TimeToLiveSpecification: { AttributeName, Enabled } });
      };
    }
    if (table && operation === 'DescribeTimeToLive') {
      const { ttlAttribute: AttributeName } = table;
      const TimeToLiveDescription = AttributeName === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName };
      return () => Promise.resolve({ TimeToLiveDescription });
    }
    const { port } = this.inner.address() as AddressInfo;
    const extension = extensionOf(operation, input, this.idempotency);
    return extension && (() => extension(createClient(port), this.keysOf));
  }

  private async extend(operation: string, body: Buffer, response: ServerResponse, work: () => Promise<object>): Promise<void> {
    this.engineFor(operation, body, response);
    await answerWith(response, work);
  }

  private answerByEngine(operation: string, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    // Other methods are answered with 200 as well, but are no operations.
    const engine = request.method === 'POST' ? this.engineFor(operation, body, response) : this.engine;
    engine.answer(request, body, response);
  }

  private engineFor(operation: string, body: Buffer, response: ServerResponse): Engine {
    const { replica, options: { onWrite } } = this;
    const input = replica || onWrite ? parse(body) : undefined;
    if (!input) return this.engine;
    if (replica?.answers(operation, input)) return replica.engine;
    void answered(response).then(() => {
      if (response.statusCode !== 200) return;
      replica?.written(operation, input, this.keysOf);
      if (onWrite) writtenItems(operation, input, this.keysOf).forEach(onWrite);
    });
    return this.engine;
  }

  private readonly keysOf: KeysOf = (tableName, indexName) => {
    const table = this.tables.get(tableName);
    return table ? keyNamesOf(table, indexName) : [];
  };

  /** Creates a table. Returns whether it exists: a table that DynamoDB would refuse does not stop the others. */
  private async create({ createTable, name, path }: TableModel): Promise<boolean> {
    try {
      await this.call('CreateTable', createTable);
    } catch (error) {
      this.options.log({ source: path, event: 'error', detail: `the table cannot be created: ${messageOf(error)}` });
      return false;
    }
    for (;;) {
      const { Table } = await this.call('DescribeTable', { TableName: name }) as { Table: { TableStatus: string } };
      if (Table.TableStatus === 'ACTIVE') return true;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
