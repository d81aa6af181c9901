import type { ConnectionKey } from './connection';

/** The deletes of the connections table, each by condition. */
export interface ConnectionRows {
  /**
   * Deletes the row if it is still the one of this connection: same id, same `connectedAt`. Deleting nothing is fine:
   * the row is gone, or the id belongs to another connection by now.
   */
  remove(connectionId: string, connectedAt: number, abortSignal?: AbortSignal): Promise<void>;
}

export interface ForgetPorts {
  readonly rows: ConnectionRows;
  /** Learns of every connection that was forgotten, once its row is gone. @default - nothing has to */
  readonly onForgotten?: (connection: Forgotten, abortSignal?: AbortSignal) => Promise<void>;
}

/** A connection that is closed. */
export interface Forgotten extends ConnectionKey {
  /** Where a message met it, if that was in a channel. */
  readonly channel?: string;
}

/**
 * Forgets a connection that is closed. Every row that we delete dies here.
 *
 * Rejects when the row, or what hangs on it, could not be deleted; to forget again does no harm.
 */
export async function forget(connection: Forgotten, { rows, onForgotten }: ForgetPorts, abortSignal?: AbortSignal): Promise<void> {
  await rows.remove(connection.connectionId, connection.connectedAt, abortSignal);
  await onForgotten?.(connection, abortSignal);
}
