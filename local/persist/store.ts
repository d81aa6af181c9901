import { join } from 'node:path';
import { makeDirectory, readJson, writeAtomically } from './files';
import { keyId } from './key-id';
import { lock } from './lock';
import { TableFile, type Change, type Item } from './table-file';
import { LocalError, messageOf } from '../errors';
import type { Client } from '../gateway/connection';
import { keyNamesOf, type TableModel } from '../model/tables';
import type { Call } from '../tables/client';
import type { Written } from '../tables/written-items';

/** A connection with its API. */
export interface StoredClient extends Client {
  readonly apiId: string;
}

export interface StoreSources {
  readonly call: Call;
  /** Returns the present connections. */
  readonly clients: () => readonly StoredClient[];
}

/** Less than a second is lost when the runner is killed, including the time to save. */
const SAVE_INTERVAL_MILLIS = 500;

const BATCH_SIZE = 25;
const KEYS_OF_A_READ = 100;

interface KeptTable {
  readonly model: TableModel;
  readonly keys: readonly string[];
  readonly file: TableFile;
  /** Keys of the items written or deleted since the last save. */
  changed: Map<string, Item>;
}

/**
 * Keeps the tables of an app in a directory: reads them at the start, and saves changes within a second. It also keeps which connections
 * were open: their clients are gone at the next start, and the app, which may have stored them, has to get `$disconnect`.
 */
export class Store {
  private readonly unlock: () => void;
  private readonly tables = new Map<string, KeptTable>();
  private writtenClients?: string;
  private sources?: StoreSources;
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private failure?: string;
  private saving: Promise<void> = Promise.resolve();

  /** @param onFailure called once with the error when tables cannot be saved; saving is retried until it works */
  constructor(private readonly directory: string, private readonly onFailure: (error: unknown) => void) {
    try {
      makeDirectory(directory);
      this.unlock = lock(directory, join(directory, 'lock'));
    } catch (error) {
      throw error instanceof LocalError ? error : new LocalError(`cannot keep tables in '${directory}': ${messageOf(error)}`);
    }
  }

  /** Fills newly created tables with their saved items. */
  async load(call: Call, models: readonly TableModel[]): Promise<void> {
    for (const model of models) {
      if (this.tables.has(model.name)) continue;
      const keys = keyNamesOf(model);
      const file = new TableFile(this.directory, model.name, keys);
      const table: KeptTable = { model, keys, file, changed: new Map() };
      this.tables.set(model.name, table);
      const items = file.read();
      for (let start = 0; start < items.length; start += BATCH_SIZE) await put(call, table, items.slice(start, start + BATCH_SIZE));
      table.changed.clear();
      await file.merge().catch(this.onFailure);
    }
  }

  /** Returns the connections that were open when the last run ended. */
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

  /** Records that an item was written or deleted. */
  touch({ TableName, Key }: Written): void {
    const table = this.tables.get(TableName);
    table?.changed.set(keyId(Key, table.keys), Key);
  }

  /** Saves for the last time. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.saving;
    try {
      await this.save();
      for (const { file } of this.tables.values()) await file.merge();
    } catch (error) {
      throw new LocalError(`tables not saved: ${messageOf(error)}`);
    }
  }

  /** Releases the directory for another runner. */
  release(): void {
    this.unlock();
  }

  private get clientsFile(): string {
    return join(this.directory, 'connections.json');
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.saving = this.save().then(() => { this.failure = undefined; }, (error) => this.fail(error)).finally(() => this.schedule());
    }, SAVE_INTERVAL_MILLIS);
    this.timer.unref();
  }

  /** Reports a failure once: a full disk stays full for a while. */
  private fail(error: unknown): void {
    const failure = messageOf(error);
    if (failure !== this.failure) this.onFailure(error);
    this.failure = failure;
  }

  /** Saves. Connections are written before the tables that were read earlier: so every stored row belongs to a stored connection. */
  private async save(): Promise<void> {
    if (!this.sources) return;
    const { call, clients } = this.sources;
    const before = clients();
    const tables = [...this.tables.values()].filter(({ changed }) => changed.size > 0);
    const taken = new Map(tables.map((table) => [table, table.changed]));
    for (const table of tables) table.changed = new Map();
    try {
      const changes = new Map<KeptTable, Change[]>();
      for (const [table, changed] of taken) changes.set(table, await changesOf(call, table, changed));
      // A row may belong to a connection that closed while the tables were read: a second `$disconnect` is better than none.
      await this.saveClients([...new Map([...before, ...clients()].map((client) => [client.id, client])).values()]);
      for (const [{ file }, each] of changes) await file.append(each);
    } catch (error) {
      for (const [table, changed] of taken) table.changed = new Map([...changed, ...table.changed]);
      throw error;
    }
  }

  private async saveClients(clients: readonly StoredClient[]): Promise<void> {
    const text = JSON.stringify(clients);
    if (text !== this.writtenClients) await writeAtomically(this.clientsFile, [text]);
    this.writtenClients = text;
  }
}

async function put(call: Call, { model, file }: KeptTable, items: readonly Item[]): Promise<void> {
  try {
    await call('BatchWriteItem', { RequestItems: { [model.name]: items.map((Item) => ({ PutRequest: { Item } })) } });
  } catch (error) {
    throw new LocalError(`${file.path} does not fit the table ${model.path} (${messageOf(error)}); remove it, and the table begins empty`);
  }
}

/** Whether the content of a file is a connection, with all that `$disconnect` needs. */
function isClient(value: Partial<StoredClient> | null): value is StoredClient {
  return [value?.apiId, value?.id, value?.stage].every((text) => typeof text === 'string') && typeof value?.connectedAt === 'number';
}

/** Returns the present state of the items with some keys. */
async function changesOf(call: Call, { model: { name }, keys }: KeptTable, changed: ReadonlyMap<string, Item>): Promise<Change[]> {
  const gone = new Map(changed);
  const changes: Change[] = [];
  let wanted = [...changed.values()];
  while (wanted.length > 0) {
    const request = { [name]: { Keys: wanted.slice(0, KEYS_OF_A_READ), ConsistentRead: true } };
    const { Responses, UnprocessedKeys } = await call('BatchGetItem', { RequestItems: request }) as unknown as BatchAnswer;
    for (const item of Responses[name] ?? []) {
      gone.delete(keyId(item, keys));
      changes.push({ put: item });
    }
    wanted = [...UnprocessedKeys?.[name]?.Keys ?? [], ...wanted.slice(KEYS_OF_A_READ)];
  }
  return [...changes, ...[...gone.values()].map((key) => ({ delete: key }))];
}

interface BatchAnswer {
  readonly Responses: Readonly<Record<string, readonly Item[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys: readonly Item[] }>>;
}
