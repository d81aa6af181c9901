import { within, type Clock } from './clock';
import { mayBeOpening, type Connection } from './connection';
import { forget, type Forgotten, type ForgetPorts } from './forget';
import type { Tally } from './tally';

/** Deletes in flight at once. */
const CONCURRENCY = 16;

export interface PrunePorts extends ForgetPorts {
  readonly clock: Clock;
}

/**
 * Forgets connections that were found closed. Counts those that it does not get to, or whose age is not known. Never rejects.
 *
 * @param deadline epoch milliseconds at which pruning ends, finished or not
 */
export async function prune(gone: readonly Connection[], deadline: number, ports: PrunePorts, tally: Tally): Promise<void> {
  const { clock } = ports;
  if (gone.length === 0) return;
  let next = 0;
  let pruned = 0;
  const work = async (abortSignal: AbortSignal) => {
    while (next < gone.length && !abortSignal.aborted && clock.now() < deadline) {
      const connection = gone[next++];
      if (connection.connectedAt === undefined || mayBeOpening(connection, clock.now())) continue;
      await forget(connection as Forgotten, ports, abortSignal).then(() => pruned++, () => undefined);
    }
  };
  await within(clock, deadline, (abortSignal) => Promise.all(Array.from({ length: Math.min(CONCURRENCY, gone.length) }, () => work(abortSignal))));
  tally.pruned += pruned;
  tally.staleConnections += gone.length - pruned;
}
