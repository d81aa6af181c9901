import type { ConnectionKey } from './connection';

/** Conditional deletes of the connections table. */
export interface ConnectionRows {
  /**
   * Deletes the row if it still belongs to this connection: same id, same `connectedAt`. Deleting nothing is fine:
   * the row is gone, or the id belongs to another connection by now.
   */
  remove(connectionId: string, connectedAt: number, abortSignal?: AbortSignal): Promise<void>;
}

export interface ForgetPorts {
  readonly rows: ConnectionRows;
  /** Called for every forgotten connection once its row is deleted. @default - nothing is called */
  readonly onForgotten?: (connection: Forgotten, abortSignal?: AbortSignal) => Promise<void>;
}

/** A connection that is closed. */
export interface Forgotten extends ConnectionKey {
  /** Channel in which a message found the connection closed, if there was one. */
  readonly channel?: string;
}

/**
 * Forgets a closed connection. All handlers delete their rows through this function.
 *
 * Rejects when the row, or rows that depend on it, could not be deleted; forgetting a connection twice does no harm.
 */
export async function forget(connection: Forgotten, { rows, onForgotten }: ForgetPorts, abortSignal?: AbortSignal): Promise<void> {
  await rows.remove(connection.connectionId, connection.connectedAt, abortSignal);
  await onForgotten?.(connection, abortSignal);
}
