import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StaleReads } from './faults';
import { createClient, type Call } from '../tables/client';
import { completeRequests, Engine, refusingPages } from '../tables/engine';
import { writtenItems, type Written } from '../tables/written-items';

const READS = ['Scan', 'Query', 'GetItem', 'BatchGetItem'];

/**
 * A copy of the tables that lags by a fixed time; the lag of DynamoDB's replicas varies. It answers reads that do not ask for consistency.
 * It is fed the items after each write, not the writes, whose conditions might give another result.
 */
export class Replica {
  static async start(primary: Call, staleReads: StaleReads): Promise<Replica> {
    const engine = new Engine();
    // For copying only: reads reach it through the database's own address.
    const server = createServer(refusingPages(completeRequests(engine.answer)));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return new Replica(primary, staleReads, engine, server);
  }

  private readonly call: Call;
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Copies items one after another, in the order of the writes. */
  private reading: Promise<void> = Promise.resolve();

  private constructor(
    private readonly primary: Call, private readonly staleReads: StaleReads, readonly engine: Engine, private readonly server: Server,
  ) {
    this.call = createClient((server.address() as AddressInfo).port);
  }

  /** Whether the replica answers a request. */
  answers(operation: string, input: Readonly<Record<string, unknown>>): boolean {
    if (!READS.includes(operation)) return false;
    const requests = [input, ...Object.values((input.RequestItems ?? {}) as object)] as ({ ConsistentRead?: boolean } | null)[];
    return !requests.some((read) => read?.ConsistentRead === true) && this.staleReads.strikes();
  }

  /** Follows a write to the primary. */
  written(operation: string, input: Readonly<Record<string, unknown>>, keysOf: (tableName: string) => readonly string[]): void {
    const isOfTable = /^(Create|Update|Delete)Table$/.test(operation);
    const items = writtenItems(operation, input, keysOf);
    if (!isOfTable && items.length === 0) return;
    this.reading = this.reading.then(async () => {
      if (isOfTable) await this.call(operation, input);
      for (const item of items) await this.follow(item);
    }).catch(() => undefined); // the runner is stopping
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async follow({ TableName, Key }: Written): Promise<void> {
    const { Item } = await this.primary('GetItem', { TableName, Key, ConsistentRead: true });
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      const applied = Item === undefined ? this.call('DeleteItem', { TableName, Key }) : this.call('PutItem', { TableName, Item });
      applied.catch(() => undefined);
    }, this.staleReads.lagMillis);
    this.timers.add(timer);
  }
}
