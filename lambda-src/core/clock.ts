/**
 * The only time that core knows; tests pass a virtual one.
 *
 * Invariant: within an invocation it runs steadily. Whoever sets the wall clock meanwhile moves no deadline and no slot.
 */
export interface Clock {
  /** Epoch milliseconds: the wall clock's when the invocation began, and steady from there on. */
  now(): number;

  /** Calls `callback` once, `millis` from now, unless the function that it returns is called first. */
  after(millis: number, callback: () => void): () => void;
}

/** Does work that is told to stop at the deadline, in epoch milliseconds. Nothing is scheduled once it has ended. */
export async function within<T>(clock: Clock, deadline: number, work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const cancelTimer = clock.after(Math.max(0, deadline - clock.now()), () => stopped.abort());
  try {
    return await work(stopped.signal);
  } finally {
    cancelTimer();
  }
}
