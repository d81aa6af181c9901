import { within, type Clock } from './clock';
import type { Connection } from './connection';
import { forget, type ConnectionRows } from './forget';
import type { Tally } from './tally';

/** Deletes in flight at once. */
const CONCURRENCY = 16;

export interface PruneOptions {
  readonly rows: ConnectionRows;
  readonly clock: Clock;
  /** Epoch milliseconds at which pruning ends, finished or not. */
  readonly until: number;
}

/** Deletes the rows of connections that were found closed; what it does not get to is counted. Never rejects. */
export async function prune(gone: readonly Connection[], { rows, clock, until }: PruneOptions, tally: Tally): Promise<void> {
  if (gone.length === 0) return;
  let next = 0;
  let pruned = 0;
  const work = async (abortSignal: AbortSignal) => {
    while (next < gone.length && !abortSignal.aborted && clock.now() < until) {
      const connection = gone[next++];
      if (await forget(rows, connection, clock.now(), abortSignal).catch(() => false)) pruned++;
    }
  };
  await within(clock, until, (abortSignal) => Promise.all(Array.from({ length: Math.min(CONCURRENCY, gone.length) }, () => work(abortSignal))));
  tally.pruned += pruned;
  tally.unpruned += gone.length - pruned;
}
