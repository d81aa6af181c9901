import { RESERVED_KEY_PREFIX, TUNING } from '../../src/private/contract';

/** Key of a connection as events name it: API Gateway may give the same id to another connection later. */
export interface ConnectionKey {
  readonly connectionId: string;
  /** Epoch milliseconds at which API Gateway received the handshake. */
  readonly connectedAt: number;
}

/** A row of the connections table. A table that the user brings may have nothing but the key. */
export interface Connection {
  readonly connectionId: string;
  /** Epoch milliseconds. */
  readonly connectedAt?: number;
  /** Epoch seconds at which the row is dead. */
  readonly ttl?: number;
  /** Channel in which a read found the connection as a member. */
  readonly channel?: string;
}

/** Reads the table of connections, a page at a time. */
export interface RecipientSource {
  /** Reads all pages. The iteration ends at once, with or without an error, when the signal aborts. */
  pages(abortSignal: AbortSignal): AsyncIterable<readonly Connection[]>;
}

/**
 * Whether a row should get a broadcast that starts at `now`.
 *
 * A key that begins with `#` is not a connection. DynamoDB deletes expired rows hours late. The connection of an expired row is
 * closed, since a row outlives its connection.
 */
export function receives(row: Connection, excluded: ReadonlySet<string> | undefined, now: number): boolean {
  if (row.connectionId.startsWith(RESERVED_KEY_PREFIX)) return false;
  if (row.ttl !== undefined && row.ttl * 1000 <= now) return false;
  return !excluded?.has(row.connectionId);
}

/**
 * Whether the connection of a row may still be opening at `now`. A 410 then does not mean that it is closed: its row is stored before
 * its handshake is answered.
 */
export function mayBeOpening({ connectedAt }: Connection, now: number): boolean {
  return connectedAt !== undefined && connectedAt >= now - TUNING.youngConnectionMillis;
}
