/** A user in a channel, as others see it. */
export interface PresentUser {
  /** The same for all connections of a user. */
  readonly id: string;
  readonly name?: string;
}

/** The users of a channel, as one tick found them. */
export interface PresenceList {
  /** Identifies a list among all that the channel ever had, and grows; 0 before the first. */
  readonly version: number;
  readonly count: number;
  /** Users in the order of their ids; absent when there are too many. */
  readonly users?: readonly PresentUser[];
}

/** A list, and the state that the next tick needs. */
export interface StoredList extends PresenceList {
  /** Users of the list without a connection, by id, with the start of their absence in epoch milliseconds. */
  readonly absent: Readonly<Record<string, number>>;
  /** Time of the tick that will look for them again, in epoch milliseconds; absent when none was requested. */
  readonly wakeAt?: number;
}

/** The presence item of a channel. */
export interface PresenceState extends StoredList {
  /** Number of ticks that have begun to read the members. */
  readonly turn: number;
  /** Turn in which a tick was last requested: while it equals `turn`, that tick has still to begin. */
  readonly mark?: number;
  /** Time of that request, in epoch milliseconds. */
  readonly markedAt?: number;
  /** Turn of the tick that stored this list; 0 before the first. */
  readonly storedTurn: number;
}

/** State of a channel that never had a user. */
export const NO_PRESENCE: PresenceState = { turn: 0, storedTurn: 0, version: 0, count: 0, users: [], absent: {} };

/** Whether a list was stored. `unsure`: it was refused, but an earlier attempt got no answer and may have succeeded. */
export type StoreOutcome = 'stored' | 'refused' | 'unsure';

/**
 * The table that holds the presence item of each channel. Every read is consistent. Each call rejects when the signal aborts or the table
 * fails, but the request may have been carried out.
 */
export interface PresenceTable {
  state(channel: string, abortSignal?: AbortSignal): Promise<PresenceState>;
  /** Records that a tick was requested, if the turn is still the same. */
  setMark(channel: string, turn: number, at: number, abortSignal?: AbortSignal): Promise<void>;
  /**
   * Adds 1 to the turn, and returns the new item.
   *
   * @param askedIn turn in which the tick was requested. If a later turn has stored its list, nothing is done and undefined returned.
   */
  takeTurn(channel: string, askedIn?: number, abortSignal?: AbortSignal): Promise<PresenceState | undefined>;
  /** Stores the list of a turn if the stored list is still the one that it was made from. */
  store(channel: string, turn: number, list: StoredList, base: PresenceState, abortSignal?: AbortSignal): Promise<StoreOutcome>;
}

/** A connection in a channel. */
export interface PresenceMember {
  readonly connectionId: string;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
  /** Epoch seconds at which the row is dead. */
  readonly ttl: number;
  readonly userId?: string;
  /** User's name as others see it. */
  readonly from?: string;
}

/** Reads the rows of a channel consistently, a page at a time; expired rows may be among them. */
export interface PresenceMembers {
  pages(channel: string, abortSignal?: AbortSignal): AsyncIterable<readonly PresenceMember[]>;
}

/** Request to make a list. */
export interface Tick {
  readonly channel: string;
  /** Turn in which the list was requested. Absent when a list stored since then does not replace it. */
  readonly turn?: number;
  /** Time at which absent users are looked for again, in epoch milliseconds. It counts even if the clock of the receiving function is behind. */
  readonly wakeAt?: number;
}

export interface TickQueue {
  /** Delivers the tick at least once, after this many whole seconds. */
  send(tick: Tick, delaySeconds: number, abortSignal?: AbortSignal): Promise<void>;
}
