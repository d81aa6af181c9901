import { RESERVED_KEY_PREFIX, TUNING } from '../../src/private/contract';

/** A connection as events name it: API Gateway may give an id to another connection later. */
export interface ConnectionKey {
  readonly connectionId: string;
  /** Epoch milliseconds at which API Gateway received the handshake. */
  readonly connectedAt: number;
}

/** A row of the connections table. A table of the user's own may lack all but the key. */
export interface Connection {
  readonly connectionId: string;
  /** Epoch milliseconds. */
  readonly connectedAt?: number;
  /** Epoch seconds at which the row is dead. */
  readonly ttl?: number;
  /** The channel of which it is a member, where it was found as one. */
  readonly channel?: string;
}

/** Reads the table of connections, a page at a time. */
export interface RecipientSource {
  /** Ends at once, with an error or without, when the signal aborts. */
  pages(abortSignal: AbortSignal): AsyncIterable<readonly Connection[]>;
}

/**
 * Says whether a row is to get a broadcast that starts at `now`.
 *
 * A key that begins with `#` is not a connection. The table's TTL deletes hours late, so that an expired row may
 * still be there; its connection is not, since a row outlives its connection.
 */
export function receives(row: Connection, excluded: ReadonlySet<string> | undefined, now: number): boolean {
  if (row.connectionId.startsWith(RESERVED_KEY_PREFIX)) return false;
  if (row.ttl !== undefined && row.ttl * 1000 <= now) return false;
  return !excluded?.has(row.connectionId);
}

/**
 * Says whether the connection of a row may still be opening at `now`, so that a 410 does not mean that it is closed: its row
 * is stored before its handshake is answered.
 */
export function mayBeOpening({ connectedAt }: Connection, now: number): boolean {
  return connectedAt !== undefined && connectedAt >= now - TUNING.youngConnectionMillis;
}
