import type { Member, MemberKey, MemberTable } from './member-table';
import type { Forgotten } from '../forget';
import { inParallel } from '../in-parallel';

/*
 * Membership of channels: two rows for each member in one table, and the connection's row in another.
 *
 * Invariants, over every interleaving of these functions with the handshake and the end of a connection, also when ids are reused:
 * - a connection that got `subscribed`, and did not ask to leave later, has both rows until it closes;
 * - once a connection is closed and forgotten, it has no row, even if some of its requests are still under way;
 * - a channel's row has its reverse row, or the request that removes both is under way, so that closing finds it;
 * - for a client that waits for each answer, the last answer is the state. For one that does not, its last request to join is the state once
 *   it is answered; after a last request to leave, either state is possible. Within one millisecond, requests to leave count as earlier.
 */

/** Result of a request to join. */
export type Joined =
  | 'subscribed'
  /** The connection is closed, or asked to leave after it asked to join. */
  | 'gone'
  /** A request that was made later came first, so that the answer to that one counts. */
  | 'overtaken'
  /** Not known: the table failed. */
  | Error;

/** Most requests to the table at once: a connection may have fifty channels. */
const AT_ONCE = 32;

/**
 * Makes one connection a member of channels. Never rejects: returns the result for each channel, in order.
 *
 * The reverse row is written first, so that closing the connection from then on finds the channel's row. An earlier close is found by
 * reading the connection's row afterwards, and a request to leave by reading the reverse row.
 */
export async function subscribe(members: readonly Member[], table: MemberTable, abortSignal?: AbortSignal): Promise<readonly Joined[]> {
  if (members.length === 0) return [];
  const put = await inParallel(members, AT_ONCE, (member) => putRows(member, table, abortSignal).catch((error: Error) => error));
  const { connectionId } = members[0];
  const sighting = await table.look(connectionId, members.map(({ channel }) => channel), abortSignal).catch((error: Error) => error);
  return inParallel(members, AT_ONCE, async (member, nth) => {
    const outcome = put[nth];
    if (outcome instanceof Error) return outcome;
    if (sighting instanceof Error) return sighting;
    const reverse = sighting.reverse.get(member.channel);
    const isThere = sighting.connectedAt === member.connectedAt && reverse?.connectedAt === member.connectedAt && reverse.at >= member.at;
    if (isThere) return outcome ? 'subscribed' : 'overtaken';
    return undo(member, table, abortSignal).then(() => 'gone' as const, (error: Error) => error);
  });
}

/** Returns false when a newer row is in the way. */
async function putRows(member: Member, table: MemberTable, abortSignal?: AbortSignal): Promise<boolean> {
  return await table.put('reverse', member, abortSignal) && table.put('channel', member, abortSignal);
}

/**
 * Removes the rows of this request, and leaves those of earlier and later requests.
 *
 * Of two requests of one millisecond, either may have written the channel's row last, and the result for one applies to both. The reverse
 * row of the other request stays, so that closing the connection finds the channel's row that it may still write.
 */
async function undo(member: Member, table: MemberTable, abortSignal?: AbortSignal): Promise<void> {
  const { at, request } = member;
  await table.remove('channel', member, { at }, abortSignal);
  await table.remove('reverse', member, { request }, abortSignal);
}

/**
 * Ends a membership that was requested before a time. Doing it again does no harm.
 *
 * The reverse row goes first, since a request to join at the same time reads that one. A request to join of the same millisecond is left
 * alone: otherwise a client that leaves and joins again at once could get `subscribed` and be no member.
 */
export async function unsubscribe(member: MemberKey, before: number, table: MemberTable, abortSignal?: AbortSignal): Promise<void> {
  await table.remove('reverse', member, { before }, abortSignal);
  await table.remove('channel', member, { before }, abortSignal);
}

/**
 * Ends all memberships of a connection whose own row is gone; returns their channels. Doing it again does no harm.
 *
 * A channel's row without its reverse row stays where a request was cut off; the next message to the channel finds the connection closed and
 * deletes it.
 */
export async function leaveAll(
  { connectionId, connectedAt, channel }: Forgotten, table: MemberTable, abortSignal?: AbortSignal,
): Promise<readonly string[]> {
  const ours = (await table.channelsOf(connectionId, abortSignal)).filter((row) => row.connectedAt === connectedAt);
  await table.removeAll('channel', ours, abortSignal);
  // The reverse rows go last: while they are there, another attempt finds the rest.
  await table.removeAll('reverse', ours, abortSignal);
  const channels = ours.map((member) => member.channel);
  if (channel === undefined || channels.includes(channel)) return channels;
  await table.remove('channel', { connectionId, connectedAt, channel }, undefined, abortSignal);
  return [...channels, channel];
}
