/** Somebody in a channel, as others see them. */
export interface PresentUser {
  /** The same for all connections of a user. */
  readonly id: string;
  readonly name?: string;
}

/** Who is in a channel, as one tick found it. */
export interface PresenceList {
  /** Names a list among all that the channel ever had, and grows; 0 before the first. */
  readonly version: number;
  readonly count: number;
  /** In the order of their ids; absent when they are too many. */
  readonly users?: readonly PresentUser[];
}

/** A list, and what the next tick has to know of it. */
export interface StoredList extends PresenceList {
  /** Since when users of the list have had no connection, by id, in epoch milliseconds. */
  readonly absent: Readonly<Record<string, number>>;
  /** When a tick comes that looks for them again, in epoch milliseconds; absent when none was asked for. */
  readonly wakeAt?: number;
}

/** The presence item of a channel. */
export interface PresenceState extends StoredList {
  /** How many ticks have begun to read the members. */
  readonly turn: number;
  /** The turn in which a tick was asked for last: while the two are equal, that tick is still to begin. */
  readonly mark?: number;
  /** When it was, in epoch milliseconds. */
  readonly markedAt?: number;
  /** The turn of the tick that stored this list; 0 before the first. */
  readonly storedTurn: number;
}

/** What the item of a channel says before anybody was in it. */
export const NO_PRESENCE: PresenceState = { turn: 0, storedTurn: 0, version: 0, count: 0, users: [], absent: {} };

/** Whether a list was stored; `unsure` when it was refused, and an earlier attempt had no answer. */
export type StoreOutcome = 'stored' | 'refused' | 'unsure';

/**
 * The table that holds the presence item of each channel. Every read is consistent. Each call rejects when the signal aborts it or the
 * table fails, and may have been carried out all the same.
 */
export interface PresenceTable {
  state(channel: string, abortSignal?: AbortSignal): Promise<PresenceState>;
  /** Notes that a tick was asked for, if the turn is still the same. */
  setMark(channel: string, turn: number, at: number, abortSignal?: AbortSignal): Promise<void>;
  /**
   * Adds 1 to the turn, and returns the item as it is then.
   *
   * @param askedIn the turn in which the tick was asked for: when a later turn has stored its list, nothing is done, and undefined returned
   */
  takeTurn(channel: string, askedIn?: number, abortSignal?: AbortSignal): Promise<PresenceState | undefined>;
  /** Stores the list of a turn if the list is still the one that it was made from. */
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
  /** What others see of the user. */
  readonly from?: string;
}

/** Reads the rows of a channel consistently, a page at a time; what is expired may be among them. */
export interface PresenceMembers {
  pages(channel: string, abortSignal?: AbortSignal): AsyncIterable<readonly PresenceMember[]>;
}

/** Asks for a list to be made. */
export interface Tick {
  readonly channel: string;
  /** The turn in which it was asked for; absent when a list that was stored since does not make up for it. */
  readonly turn?: number;
  /** Asked for because of users who were absent: it is so late, in epoch milliseconds, whatever the clock of the function says that gets it. */
  readonly wakeAt?: number;
}

export interface TickQueue {
  /** Hands the tick out, at least once, so many whole seconds from now. */
  send(tick: Tick, delaySeconds: number, abortSignal?: AbortSignal): Promise<void>;
}
