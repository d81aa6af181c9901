import type { Connection } from './connection';
import { LIMIT } from '../../src/private/contract';

/** The deletes of the connections table, each by condition. */
export interface ConnectionRows {
  /**
   * Deletes the row if it is still the one of this connection: same id, same `connectedAt`. Deleting nothing is fine:
   * the row is gone, or the id belongs to another connection by now.
   */
  remove(connectionId: string, connectedAt: number, signal?: AbortSignal): Promise<void>;
}

/**
 * The one way in which a delivering function lets a row die.
 *
 * Invariant: the row of a connection that may still be opening is kept, as is one whose age is not known.
 *
 * @returns whether the row is gone now
 */
export async function forget(
  rows: ConnectionRows, { connectionId, connectedAt }: Connection, now: number, signal?: AbortSignal,
): Promise<boolean> {
  if (connectedAt === undefined || connectedAt >= now - LIMIT.youngConnectionMillis) return false;
  await rows.remove(connectionId, connectedAt, signal);
  return true;
}
