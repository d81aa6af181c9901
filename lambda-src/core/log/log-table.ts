/** A message as the log holds it. */
export interface LoggedMessage {
  /** The same at each attempt to append the message. */
  readonly id: string;
  /** Sender as others see it; absent for a backend's message. */
  readonly from?: string;
  /** Epoch milliseconds, by the clock of the component that accepted the message. */
  readonly sentAt: number;
  readonly text: string;
}

/** Permanent content of a position: a message, or nothing when it was sealed. */
export interface Entry {
  readonly position: number;
  /** Epoch milliseconds at which it was written; for a sealed position, a time at which it was not reserved yet. */
  readonly at: number;
  /** Epoch seconds from which the table may delete it. */
  readonly ttl: number;
  /** Time at which the position before it was reserved, in epoch milliseconds; absent when this one was sealed. */
  readonly before?: number;
  /** Absent when the position was sealed. */
  readonly message?: LoggedMessage;
}

/** The head of a channel's log. */
export interface Origin {
  /** Identifies this log among all that the channel ever had. */
  readonly epoch: string;
  /** Positions of this epoch are above this one: 0, unless the table was restored. So no client confuses messages of two epochs. */
  readonly first: number;
  /** Start of this epoch, in epoch milliseconds. */
  readonly createdAt: number;
  /** Highest reserved position; `first` if there is none. */
  readonly last: number;
  /** Time of its reservation, in epoch milliseconds. */
  readonly at: number;
  /** Retentions in seconds with which positions were reserved, and the time of the last reservation with each, in epoch milliseconds. */
  readonly retentions: ReadonlyMap<number, number>;
}

/** One of the logs of a channel. */
export interface LogName {
  readonly channel: string;
  readonly epoch: string;
}

export interface EntryRange {
  /** Bounds of the range, both included. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** Whether the highest positions come first. @default false */
  readonly newestFirst?: boolean;
}

export interface EntryPage {
  /** Filled positions only, in the requested order. */
  readonly entries: readonly Entry[];
  /** Whether the whole range has been read. */
  readonly isComplete: boolean;
}

/**
 * The table that holds the log. Every read is consistent. Each call rejects when the signal aborts or the table fails, but the request may
 * have been carried out. It rejects with a `LogThrottledError` when the table throttles it.
 */
export interface LogTable {
  origin(channel: string, abortSignal?: AbortSignal): Promise<Origin | undefined>;
  /** Writes an origin with no positions, unless the channel has one. It starts at the position recorded by a restore, or at 0. */
  createOrigin(channel: string, epoch: string, at: number, abortSignal?: AbortSignal): Promise<void>;
  /** Raises `last` by `count`, and records time and retention. Returns the origin as it was before; undefined if there is none. */
  reserve(channel: string, count: number, at: number, retentionSeconds: number, abortSignal?: AbortSignal): Promise<Origin | undefined>;
  /** Writes an entry unless its position is filled. Returns the entry that fills it; undefined when this one was written. */
  fill(log: LogName, entry: Entry, abortSignal?: AbortSignal): Promise<Entry | undefined>;
  entries(log: LogName, range: EntryRange, abortSignal?: AbortSignal): Promise<EntryPage>;
}

/** Clock of the log. */
export interface LogClock {
  /** Wall clock in epoch milliseconds; it may be set. */
  now(): number;
  /** Monotonic milliseconds with an arbitrary start. */
  monotonic(): number;
}

/** The table throttles requests. */
export class LogThrottledError extends Error {
  public readonly name = 'LogThrottledError';

  constructor(cause: unknown) {
    super('the history table throttles this channel, which takes at most 1,000 messages a second; send less often', { cause });
  }
}

/** There was not enough time to append a message: it is at no position known to this attempt. */
export class AppendDeadlineError extends Error {
  public readonly name = 'AppendDeadlineError';

  constructor() {
    super('the message could not be appended to the history in time, so nobody gets it; check the throttles and latency of the history table');
  }
}

/** Bytes of an entry in memory; it takes about as many in the table. */
export function bytesOf({ message }: Entry): number {
  // Keys and numbers of an entry.
  const overhead = 100;
  if (!message) return overhead;
  return overhead + message.id.length + (message.from?.length ?? 0) + Buffer.byteLength(message.text);
}
