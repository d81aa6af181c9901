import type { Connection, ConnectionKey, RecipientSource } from '../connection';

/** A connection in a channel. */
export interface MemberKey extends ConnectionKey {
  readonly channel: string;
}

export interface Member extends MemberKey {
  /** Time at which the client asked to join, in epoch milliseconds by API Gateway's clock. */
  readonly at: number;
  /** Id of the request to join; it distinguishes two requests of one millisecond. */
  readonly request: string;
  /** Epoch seconds at which the connection's row, and so this one, is dead. */
  readonly ttl: number;
  readonly userId?: string;
  /** User's name as others see it. */
  readonly from?: string;
}

/** The two rows of a member. Messages find the connection by the channel's row; closing the connection finds its channels by the reverse row. */
export type RowKind = 'channel' | 'reverse';

/** Selects a row by its age: requested at a time or before one, in epoch milliseconds, or the reverse row of one request. */
export type RowAge = { readonly at: number } | { readonly before: number } | { readonly request: string };

/** Stored rows of a connection, read consistently. */
export interface Sighting {
  /** Absent when the connection has no row. */
  readonly connectedAt?: number;
  /** Reverse rows by channel. */
  readonly reverse: ReadonlyMap<string, Pick<Member, 'connectedAt' | 'at'>>;
}

/**
 * The members table. Every read is consistent. Each call rejects when the signal aborts or the table fails, but the request may have been
 * carried out.
 */
export interface MemberTable {
  /** Writes a row, also over an older one by `connectedAt`, then by `at`. False when a newer one is there. */
  put(kind: RowKind, member: Member, abortSignal?: AbortSignal): Promise<boolean>;
  /** Deletes a row if it belongs to this very connection and, where an age is given, has that age. */
  remove(kind: RowKind, member: MemberKey, age?: RowAge, abortSignal?: AbortSignal): Promise<void>;
  /**
   * Deletes the rows of one kind, in any order, each if it belongs to this very connection. Rejects unless it is sure of all: some may be
   * there still.
   */
  removeAll(kind: RowKind, members: readonly MemberKey[], abortSignal?: AbortSignal): Promise<void>;
  /** Reads the row of a connection, and its reverse rows for these channels. */
  look(connectionId: string, channels: readonly string[], abortSignal?: AbortSignal): Promise<Sighting>;
  /** Returns the reverse rows of an id, for every connection that had it. */
  channelsOf(connectionId: string, abortSignal?: AbortSignal): Promise<readonly MemberKey[]>;
  /** Returns the channel's row of a connection. */
  member(channel: string, connectionId: string, abortSignal?: AbortSignal): Promise<Connection | undefined>;
  /** Reads the channel's rows. The first page has at most `firstRows`, and fewer only if these are all. */
  membersOf(channel: string, firstRows?: number): RecipientSource;
}
