import { NobodyReachedError } from './errors';
import type { ConnectionRows } from './forget';
import { prune } from './prune';
import { Sending, type SendingOptions } from './sending';
import { emptyTally, type Tally } from './tally';

/** Kept back from sending for deleting the rows of connections that were found closed. */
const PRUNE_MILLIS = 1_000;

export interface BroadcastOptions extends Omit<SendingOptions, 'until'> {
  readonly rows: ConnectionRows;
  /** Epoch milliseconds by which the broadcast has to be over. */
  readonly deadline: number;
}

export interface BroadcastResult {
  readonly tally: Tally;
  /** How long it took; absent when it was not begun. */
  readonly durationMillis?: number;
  /** Why the broadcast did not take place, or was stopped before anybody got it. */
  readonly failure?: Error;
  /** Why the broadcast was stopped after some had got the message. */
  readonly brokenOff?: Error;
  /** Why the table was not read to its end. */
  readonly readFailure?: unknown;
}

/**
 * Delivers one message to every connection of the table, then deletes the rows of those that are gone.
 *
 * Never rejects. Nothing is in flight or scheduled when it settles.
 */
export async function broadcast({ rows, deadline, ...options }: BroadcastOptions): Promise<BroadcastResult> {
  const start = options.clock.now();
  const tally = emptyTally();
  const sending = new Sending({ ...options, until: deadline - PRUNE_MILLIS }, tally);
  const failure = await sending.run();
  await prune(sending.gone, deadline, { rows, clock: options.clock }, tally);
  const durationMillis = Math.max(0, options.clock.now() - start);
  return { tally, durationMillis, failure, brokenOff: sending.brokenOff, readFailure: sending.readFailure };
}

/**
 * What the sender of a broadcast has to learn when nobody will try again: that it did not take place, or that nobody is known
 * to have got it. Recipients who are gone by now could not have got it, and are no failure.
 */
export function totalFailure({ failure, tally: { delivered, gone, failed, abandoned } }: BroadcastResult): Error | undefined {
  if (failure) return failure;
  return delivered + gone === 0 && failed + abandoned > 0 ? new NobodyReachedError(failed, abandoned) : undefined;
}
