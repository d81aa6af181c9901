import type { StoredConnection } from '../../../../lambda-src/core/connect';

interface Version {
  readonly writtenAt: number;
  /** Time from which a read that is not consistent sees it. */
  readonly visibleAt: number;
  /** Undefined once the row is deleted. */
  readonly row?: StoredConnection;
}

/** A row that a delivering function deleted. */
export interface Deletion {
  readonly row: StoredConnection;
  readonly at: number;
}

/** The connections table: every write with its time, and the time from which it is visible. */
export class Table {
  /** Keys in the order of a Scan, which is independent of the order of the writes. */
  private readonly keys: string[] = [];
  private readonly versions = new Map<string, Version[]>();

  readonly deletions: Deletion[] = [];
  /** Ids of rows that a delete left, because they belonged to another connection. */
  readonly spared: string[] = [];

  constructor(private readonly lag: () => number) {}

  put(row: StoredConnection, now: number): void {
    this.write(row.connectionId, now, row);
  }

  /** Deletes the row like `$disconnect`. */
  disconnect(id: string, connectedAt: number, now: number): void {
    if (this.row(id)?.connectedAt === connectedAt) this.write(id, now);
  }

  /** Deletes the row like a delivering function; without a condition when `connectedAt` is left out. */
  delete(id: string, connectedAt: number | undefined, now: number): void {
    const row = this.row(id);
    if (!row) return;
    if (connectedAt !== undefined && row.connectedAt !== connectedAt) {
      this.spared.push(id);
      return;
    }
    this.write(id, now);
    this.deletions.push({ row, at: now });
  }

  row(id: string): StoredConnection | undefined {
    return this.versions.get(id)?.at(-1)?.row;
  }

  /** Returns the row as it was at that time. */
  rowAt(id: string, instant: number): StoredConnection | undefined {
    return this.versions.get(id)?.findLast(({ writtenAt }) => writtenAt <= instant)?.row;
  }

  /** Returns one page: rows after the key, as they are now, or as a read that is not consistent sees them. */
  page(after: string | undefined, size: number, seenBy?: number): { rows: StoredConnection[]; last?: string } {
    const rows: StoredConnection[] = [];
    for (const id of this.keys) {
      if (after !== undefined && !isBefore(after, id)) continue;
      const row = seenBy === undefined ? this.row(id) : this.versions.get(id)!.findLast(({ visibleAt }) => visibleAt <= seenBy)?.row;
      if (!row) continue;
      rows.push(row);
      if (rows.length === size) return { rows, last: id };
    }
    return { rows };
  }

  private write(id: string, now: number, row?: StoredConnection): void {
    const versions = this.versions.get(id);
    const version = { writtenAt: now, visibleAt: now + this.lag(), row };
    if (versions) {
      versions.push(version);
      return;
    }
    this.versions.set(id, [version]);
    const at = this.keys.findIndex((key) => isBefore(id, key));
    this.keys.splice(at < 0 ? this.keys.length : at, 0, id);
  }
}

function isBefore(a: string, b: string): boolean {
  return hash(a) < hash(b) || (hash(a) === hash(b) && a < b);
}

const hashes = new Map<string, number>();

function hash(text: string): number {
  let value = hashes.get(text);
  if (value === undefined) {
    value = 0;
    for (const char of text) value = Math.imul(value ^ char.charCodeAt(0), 0x01000193);
    hashes.set(text, value);
  }
  return value;
}
