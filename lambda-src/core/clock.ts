/** The only time that core knows; tests pass a virtual one. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;

  /** Calls `callback` once, `millis` from now, unless the function that it returns is called first. */
  after(millis: number, callback: () => void): () => void;
}
