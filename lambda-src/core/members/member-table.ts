import type { Connection, ConnectionKey, RecipientSource } from '../connection';

/** A connection in a channel. */
export interface MemberKey extends ConnectionKey {
  readonly channel: string;
}

export interface Member extends MemberKey {
  /** When the client asked to be one, in epoch milliseconds by API Gateway's clock. */
  readonly at: number;
  /** The id of what asked for it: two of one millisecond are told apart by it. */
  readonly request: string;
  /** Epoch seconds at which the connection's row is dead, and so this one. */
  readonly ttl: number;
  readonly userId?: string;
  /** What others see of the user. */
  readonly from?: string;
}

/**
 * The two rows of a member: the channel's, by which messages find the connection, and the reverse one, by which what closes the
 * connection finds its channels.
 */
export type RowKind = 'channel' | 'reverse';

/** Which row is meant: one that was asked for at a time or before one, in epoch milliseconds, or a reverse row of one request. */
export type RowAge = { readonly at: number } | { readonly before: number } | { readonly request: string };

/** What is stored of a connection, read consistently. */
export interface Sighting {
  /** Absent when the connection has no row. */
  readonly connectedAt?: number;
  /** The reverse rows, by channel. */
  readonly reverse: ReadonlyMap<string, Pick<Member, 'connectedAt' | 'at'>>;
}

/**
 * The members table. Every read is consistent. Each call rejects when the signal aborts it or the table fails, and may have been
 * carried out all the same.
 */
export interface MemberTable {
  /** Writes a row over none or an older one: by `connectedAt`, then by `at`. False when a younger one is there. */
  put(kind: RowKind, member: Member, abortSignal?: AbortSignal): Promise<boolean>;
  /** Deletes a row if it is that of this very connection and, where an age is given, of that age. */
  remove(kind: RowKind, member: MemberKey, age?: RowAge, abortSignal?: AbortSignal): Promise<void>;
  /** Reads the row of a connection, and its reverse rows for these channels. */
  look(connectionId: string, channels: readonly string[], abortSignal?: AbortSignal): Promise<Sighting>;
  /** The reverse rows of an id, of whatever connection. */
  channelsOf(connectionId: string, abortSignal?: AbortSignal): Promise<readonly MemberKey[]>;
  /** The channel's row of a connection. */
  member(channel: string, connectionId: string, abortSignal?: AbortSignal): Promise<Connection | undefined>;
  /** The channel's rows; of the first page so many at most, and fewer only if these are all. */
  membersOf(channel: string, firstRows?: number): RecipientSource;
}
