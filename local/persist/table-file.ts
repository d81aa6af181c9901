import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeAtomically } from './files';
import { keyId } from './key-id';
import { LocalError } from '../errors';
import { isObject } from '../objects';

/** An item, or a key, with its values in DynamoDB's JSON. */
export type Item = Readonly<Record<string, unknown>>;

/** A new or changed item, or the key of a deleted one. */
export type Change = { readonly put: Item } | { readonly delete: Item };

/** Changes are merged into the table's file when they exceed both this size and a multiple of the table's. */
const MERGE_BYTES = 4 * 1024 * 1024;
const MERGE_RATIO = 4;

/**
 * The items of a table on disk. `table-NAME.json` holds the items as last written, one per line; `table-NAME.changes.json` the changes since
 * then, one per line. So the cost of a save depends on the changes, not on the table.
 */
export class TableFile {
  readonly path: string;
  private readonly changesPath: string;

  /** @param keys names of the key attributes */
  constructor(directory: string, private readonly name: string, private readonly keys: readonly string[]) {
    this.path = join(directory, `table-${name}.json`);
    this.changesPath = join(directory, `table-${name}.changes.json`);
  }

  /** Reads the items with all changes. */
  read(): Item[] {
    const items = new Map<string, Item>();
    const put = (item: Item) => items.set(keyId(item, this.keys), item);
    for (const item of this.readItems()) put(item);
    for (const change of this.readChanges()) {
      if ('put' in change) put(change.put);
      else items.delete(keyId(change.delete, this.keys));
    }
    return [...items.values()];
  }

  /** Appends changes. After a failure the file is as before. */
  async append(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const file = await open(this.changesPath, 'a', 0o600);
    try {
      const { size } = await file.stat();
      try {
        await file.appendFile(changes.map((change) => `${JSON.stringify(change)}\n`).join(''));
        await file.datasync();
      } catch (error) {
        await file.truncate(size).catch(() => undefined);
        throw error;
      }
    } finally {
      await file.close();
    }
    if (await this.hasManyChanges()) await this.merge();
  }

  /** Merges the changes into the table's file. */
  async merge(): Promise<void> {
    if (!existsSync(this.changesPath)) return;
    const lines = this.read().map((item) => JSON.stringify(item));
    const separated = lines.map((line, index) => (index < lines.length - 1 ? `${line},` : line));
    await writeAtomically(this.path, [`{"table":${JSON.stringify(this.name)},"items":[`, ...separated, ']}']);
    // Up to here a repeated merge changes nothing.
    await rm(this.changesPath, { force: true });
  }

  private readItems(): Item[] {
    const content = readJson(this.path);
    if (content === undefined) return [];
    const items = isObject(content) ? (content as { readonly items?: unknown }).items : undefined;
    if (!Array.isArray(items) || !items.every(isObject)) throw new LocalError(`${this.path} does not hold the items of a table; remove it, and the table begins empty`);
    return items as Item[];
  }

  private readChanges(): Change[] {
    if (!existsSync(this.changesPath)) return [];
    const text = readFileSync(this.changesPath, 'utf8');
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    // The runner was killed during a write: the next one must not follow an incomplete line.
    if (complete !== text) truncateSync(this.changesPath, Buffer.byteLength(complete));
    return complete.split('\n').slice(0, -1).map((line, index) => {
      const change = parse(line);
      if (!isChange(change)) throw new LocalError(`line ${index + 1} of ${this.changesPath} does not hold a change of a table; correct it, or remove the file and lose the changes since the table was last written`);
      return change;
    });
  }

  private async hasManyChanges(): Promise<boolean> {
    const sizeOf = (path: string) => stat(path).then(({ size }) => size, () => 0);
    const changes = await sizeOf(this.changesPath);
    return changes > MERGE_BYTES && changes > MERGE_RATIO * await sizeOf(this.path);
  }
}

function isChange(value: unknown): value is Change {
  if (!isObject(value)) return false;
  const { put, delete: deleted } = value as { readonly put?: unknown; readonly delete?: unknown };
  return isObject(put) || isObject(deleted);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
