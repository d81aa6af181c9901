/*
 * Messages between the process of a handler and the process that started it.
 */

/** Sent when the handler's module has been loaded. */
export interface Loaded {
  readonly kind: 'loaded';
  /** CPU of loading the module, in microseconds: what Lambda calls its init, less the start of Node.js. */
  readonly initCpuMicros: number;
  /** Time of loading the module. */
  readonly initMillis: number;
}

export interface Invoke {
  readonly event: unknown;
  readonly timeoutMillis: number;
}

/** Sent when an invocation has settled. */
export interface Settled {
  readonly kind: 'settled';
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly settledAt: number;
  /** CPU from the start of the invocation until it settled. */
  readonly cpuMicros: number;
  /** The most memory that the process ever held. */
  readonly maxRssKilobytes: number;
}

/** Written to the standard output behind all that the invocation wrote. */
export const END_OF_OUTPUT = '\u0004 end of invocation';
