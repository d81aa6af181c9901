/**
 * The only clock that core knows; tests pass a virtual one.
 *
 * Invariant: it runs steadily within an invocation. Setting the wall clock meanwhile moves no deadline and no slot.
 */
export interface Clock {
  /** Epoch milliseconds: the wall clock's at the start of the invocation, and steady from there on. */
  now(): number;

  /** Calls `callback` once, `millis` from now, unless the returned function is called first. */
  after(millis: number, callback: () => void): () => void;
}

/** Runs work with a signal that aborts at the deadline, in epoch milliseconds. Nothing is scheduled once the work has ended. */
export async function within<T>(clock: Clock, deadline: number, work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const cancelTimer = clock.after(Math.max(0, deadline - clock.now()), () => stopped.abort());
  try {
    return await work(stopped.signal);
  } finally {
    cancelTimer();
  }
}
