/** A message as the log holds it. */
export interface LoggedMessage {
  /** The same at each attempt to append it. */
  readonly id: string;
  /** What others see of the sender; absent when a backend publishes. */
  readonly from?: string;
  /** Epoch milliseconds, by the clock of whatever accepted the message. */
  readonly sentAt: number;
  readonly text: string;
}

/** What a position holds, for ever: a message, or nothing when it was sealed. */
export interface Entry {
  readonly position: number;
  /** Epoch milliseconds at which it was written; for a sealed position, a time before which it was not reserved. */
  readonly at: number;
  /** Epoch seconds from which on the table may delete it. */
  readonly ttl: number;
  /** When the position before it was reserved, in epoch milliseconds; absent when it was sealed. */
  readonly before?: number;
  /** Absent when the position was sealed. */
  readonly message?: LoggedMessage;
}

/** The head of a channel's log. */
export interface Origin {
  /** Names this log among all that the channel ever had. */
  readonly epoch: string;
  /** Positions of this epoch lie above: 0, unless the table was restored. So no client takes a message of one epoch for one of another. */
  readonly first: number;
  /** When this epoch began, in epoch milliseconds. */
  readonly createdAt: number;
  /** The highest position that was reserved; `first` if there is none. */
  readonly last: number;
  /** When it was reserved, in epoch milliseconds. */
  readonly at: number;
  /** For each retention with which positions were reserved, in seconds, when the last of them was, in epoch milliseconds. */
  readonly retentions: ReadonlyMap<number, number>;
}

/** One of the logs of a channel. */
export interface LogName {
  readonly channel: string;
  readonly epoch: string;
}

export interface EntryRange {
  /** Both included. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** Whether the highest positions come first. @default false */
  readonly newestFirst?: boolean;
}

export interface EntryPage {
  /** Only positions that are filled, in the order asked for. */
  readonly entries: readonly Entry[];
  /** Whether no position of the range remains to be read. */
  readonly isComplete: boolean;
}

/**
 * The table that holds the log. Every read is consistent. Each call rejects when the signal aborts it or the table fails, and may have
 * been carried out all the same; it rejects with a `LogThrottledError` when the table takes no more for now.
 */
export interface LogTable {
  origin(channel: string, abortSignal?: AbortSignal): Promise<Origin | undefined>;
  /** Writes an origin with no positions, unless the channel has one. It begins where the table says since it was restored, or at 0. */
  createOrigin(channel: string, epoch: string, at: number, abortSignal?: AbortSignal): Promise<void>;
  /** Raises `last` by `count`, and notes time and retention. Returns the origin as it was before; undefined if there is none. */
  reserve(channel: string, count: number, at: number, retentionSeconds: number, abortSignal?: AbortSignal): Promise<Origin | undefined>;
  /** Writes an entry unless its position is filled. Returns what lies there then; undefined when it was written. */
  fill(log: LogName, entry: Entry, abortSignal?: AbortSignal): Promise<Entry | undefined>;
  entries(log: LogName, range: EntryRange, abortSignal?: AbortSignal): Promise<EntryPage>;
}

/** Time as the log knows it. */
export interface LogClock {
  /** Epoch milliseconds; may be set. */
  now(): number;
  /** Milliseconds that only grow, from any start. */
  monotonic(): number;
}

/** The table takes no more requests for now. */
export class LogThrottledError extends Error {
  public readonly name = 'LogThrottledError';

  constructor(cause: unknown) {
    super('the history table throttles this channel, which takes 1,000 messages a second at most; send less often', { cause });
  }
}

/** Time did not suffice to append a message: it is in no position that this attempt knows of. */
export class AppendDeadlineError extends Error {
  public readonly name = 'AppendDeadlineError';

  constructor() {
    super('the message could not be appended to the history in time, so nobody gets it; see the throttles and latency of the history table');
  }
}

/** Bytes that an entry costs, in memory and about as many in the table. */
export function bytesOf({ message }: Entry): number {
  // Keys and numbers of an entry.
  const overhead = 100;
  if (!message) return overhead;
  return overhead + message.id.length + (message.from?.length ?? 0) + Buffer.byteLength(message.text);
}
