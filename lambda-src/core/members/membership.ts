import type { Member, MemberKey, MemberTable } from './member-table';
import type { Forgotten } from '../forget';
import { inParallel } from '../in-parallel';

/*
 * Who is a member of which channel: two rows each, in one table, and the connection's row in another.
 *
 * Invariants, over every interleaving of these functions with the handshake and the end of a connection, reused ids included:
 * - a connection that was told `subscribed`, and did not ask to leave later, has both rows until it closes;
 * - once a connection is closed and forgotten, it has no row, whatever of its requests are still under way;
 * - a channel's row has its reverse row, or the request that removes both is under way: so that closing finds it;
 * - a client that waits for each answer is what it was told last; one that does not is what its last request to join says, once that is
 *   answered, and after its last request to leave it may be either. Of requests of one millisecond, those to leave count as the first.
 */

/** What came of a request to join. */
export type Joined =
  | 'subscribed'
  /** The connection is closed, or asked to leave after it asked to join. */
  | 'gone'
  /** A request that was made later came first, so that the answer to that one counts. */
  | 'overtaken'
  /** Not known: the table failed. */
  | Error;

/** Requests to the table at once: a connection may have fifty channels. */
const AT_ONCE = 32;

/**
 * Makes one connection a member of channels. Never rejects: says of each channel, in their order, what came of it.
 *
 * The reverse row is written first, so that whatever closes the connection from then on finds the channel's row. What closed it before is
 * seen by looking afterwards at the connection's row, and a request to leave by looking at the reverse row.
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

/** False when a younger row is in the way. */
async function putRows(member: Member, table: MemberTable, abortSignal?: AbortSignal): Promise<boolean> {
  return await table.put('reverse', member, abortSignal) && table.put('channel', member, abortSignal);
}

/**
 * Takes back what it wrote, and leaves the rows of earlier and later requests.
 *
 * Of two requests of one millisecond, either may have written the channel's row last, and what one of them sees counts for both. The reverse
 * row of the other stays, so that whatever closes the connection finds the channel's row that the other may still write.
 */
async function undo(member: Member, table: MemberTable, abortSignal?: AbortSignal): Promise<void> {
  const { at, request } = member;
  await table.remove('channel', member, { at }, abortSignal);
  await table.remove('reverse', member, { request }, abortSignal);
}

/**
 * Ends a membership that was asked for before a time. To do it again does no harm.
 *
 * The reverse row goes first: who is joining at the same time looks at that one. A request of the same millisecond to join is left alone:
 * a client that leaves and joins again at once would otherwise be told `subscribed`, and be no member.
 */
export async function unsubscribe(member: MemberKey, before: number, table: MemberTable, abortSignal?: AbortSignal): Promise<void> {
  await table.remove('reverse', member, { before }, abortSignal);
  await table.remove('channel', member, { before }, abortSignal);
}

/**
 * Ends all memberships of a connection whose own row is gone; returns their channels. To do it again does no harm.
 *
 * A channel's row without its reverse row is left where a request died; a message to the channel that finds the connection closed deletes it.
 */
export async function leaveAll(
  { connectionId, connectedAt, channel }: Forgotten, table: MemberTable, abortSignal?: AbortSignal,
): Promise<readonly string[]> {
  const ours = (await table.channelsOf(connectionId, abortSignal)).filter((row) => row.connectedAt === connectedAt);
  await inParallel(ours, AT_ONCE, async (member) => {
    // The reverse row last: while it is there, another attempt finds what is left.
    await table.remove('channel', member, undefined, abortSignal);
    await table.remove('reverse', member, undefined, abortSignal);
  });
  const channels = ours.map((member) => member.channel);
  if (channel === undefined || channels.includes(channel)) return channels;
  await table.remove('channel', { connectionId, connectedAt, channel }, undefined, abortSignal);
  return [...channels, channel];
}
