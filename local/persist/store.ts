import { join } from 'node:path';
import { makeDirectory, readJson, writeAtomically } from './files';
import { lock } from './lock';
import { LocalError, messageOf } from '../errors';
import type { Client } from '../gateway/connection';
import type { TableModel } from '../model/tables';
import type { Call } from '../tables/client';

/** A connection, and the API whose it is. */
export interface StoredClient extends Client {
  readonly apiId: string;
}

export interface StoreSources {
  readonly call: Call;
  /** The connections that are there now. */
  readonly clients: () => readonly StoredClient[];
}

/** So much is lost at most when the runner is killed. */
const SAVE_INTERVAL_MILLIS = 1000;

const BATCH_SIZE = 25;

/**
 * Keeps the tables of an app in a directory: one file each, read at the start, written within a second of a change and at the end.
 * Beside them it keeps which connections were open: their clients are gone when the app is started again, and the app, which may have
 * stored them, is to be told.
 */
export class Store {
  private readonly unlock: () => void;
  private readonly loaded = new Map<string, TableModel>();
  private readonly changed = new Set<string>();
  private writtenClients?: string;
  private sources?: StoreSources;
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private saving: Promise<void> = Promise.resolve();

  /** @param onFailure is told why tables could not be saved; that is tried again a second later */
  constructor(private readonly directory: string, private readonly onFailure: (error: unknown) => void) {
    try {
      makeDirectory(directory);
      this.unlock = lock(directory, join(directory, 'lock'));
    } catch (error) {
      throw error instanceof LocalError ? error : new LocalError(`cannot keep tables in '${directory}': ${messageOf(error)}`);
    }
  }

  /** Fills tables that have just been created with what they held. */
  async load(call: Call, tables: readonly TableModel[]): Promise<void> {
    for (const table of tables) {
      if (this.loaded.has(table.name)) continue;
      this.loaded.set(table.name, table);
      const items = this.itemsOf(table);
      for (let start = 0; start < items.length; start += BATCH_SIZE) await this.put(call, table, items.slice(start, start + BATCH_SIZE));
      this.changed.delete(table.name);
    }
  }

  /** Connections that were open when the last run ended, whose clients have gone since. */
  formerClients(): StoredClient[] {
    const stored = readJson(this.clientsFile);
    if (stored === undefined) return [];
    if (!Array.isArray(stored) || !stored.every(isClient)) throw new LocalError(`${this.clientsFile} does not hold a list of connections; remove it`);
    return stored;
  }

  /** Begins to save. */
  start(sources: StoreSources): void {
    this.sources = sources;
    this.schedule();
  }

  /** A table was written to. */
  touch(tableName: string): void {
    this.changed.add(tableName);
  }

  /** Saves for the last time. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.saving;
    await this.save();
  }

  /** Lets another runner have the directory. */
  release(): void {
    this.unlock();
  }

  private get clientsFile(): string {
    return join(this.directory, 'connections.json');
  }

  private fileOf({ name }: TableModel): string {
    return join(this.directory, `table-${name}.json`);
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.saving = this.save().catch(this.onFailure).finally(() => this.schedule());
    }, SAVE_INTERVAL_MILLIS);
    this.timer.unref();
  }

  /** Connections are written before the tables that were read before them: no row is kept of a connection that is not. */
  private async save(): Promise<void> {
    if (!this.sources) return;
    const { call, clients } = this.sources;
    const before = clients();
    const changed = [...this.changed];
    this.changed.clear();
    try {
      const dumps: [TableModel, string[]][] = [];
      for (const name of changed) {
        const table = this.loaded.get(name);
        if (table) dumps.push([table, await dump(call, table)]);
      }
      // A row may stand for a connection that was closed while the tables were read: better that the app is told twice.
      await this.saveClients([...new Map([...before, ...clients()].map((client) => [client.id, client])).values()]);
      for (const [table, lines] of dumps) await writeAtomically(this.fileOf(table), lines);
    } catch (error) {
      for (const name of changed) this.changed.add(name);
      throw error;
    }
  }

  private async saveClients(clients: readonly StoredClient[]): Promise<void> {
    const text = JSON.stringify(clients);
    if (text !== this.writtenClients) await writeAtomically(this.clientsFile, [text]);
    this.writtenClients = text;
  }

  private itemsOf(table: TableModel): unknown[] {
    const file = this.fileOf(table);
    const { items } = (readJson(file) ?? { items: [] }) as { items?: unknown };
    if (!Array.isArray(items)) throw new LocalError(`${file} does not hold the items of a table; remove it, and the table begins empty`);
    return items;
  }

  private async put(call: Call, table: TableModel, items: readonly unknown[]): Promise<void> {
    try {
      await call('BatchWriteItem', { RequestItems: { [table.name]: items.map((Item) => ({ PutRequest: { Item } })) } });
    } catch (error) {
      throw new LocalError(`${this.fileOf(table)} does not fit the table ${table.path} (${messageOf(error)}); remove it, and the table begins empty`);
    }
  }
}

/** Whether what a file holds is a connection, as far as it takes to tell an app of it. */
function isClient(value: Partial<StoredClient> | null): value is StoredClient {
  return [value?.apiId, value?.id, value?.stage].every((text) => typeof text === 'string') && typeof value?.connectedAt === 'number';
}

/** The lines of a table's file: one item each. */
async function dump(call: Call, { name }: TableModel): Promise<string[]> {
  const items: string[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const page = await call('Scan', { TableName: name, ConsistentRead: true, ExclusiveStartKey });
    for (const item of page.Items as object[]) items.push(JSON.stringify(item));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return [`{"table":${JSON.stringify(name)},"items":[`, ...items.map((item, index) => (index < items.length - 1 ? `${item},` : item)), ']}'];
}
