import { presenceFrame, type PresenceFrame } from './frames';
import { nextDue, nextList, type NextList, type Present } from './presence-list';
import type { PresenceMember, PresenceMembers, PresenceState, PresenceTable, StoredList, Tick, TickQueue } from './presence-table';
import type { Clock } from '../clock';

export interface TickerPorts {
  readonly table: PresenceTable;
  readonly members: PresenceMembers;
  readonly ticks: TickQueue;
  readonly clock: Pick<Clock, 'now'>;
  /** Size limit of a channel's list; a larger one holds only the number of users. */
  readonly maxUsersOf: (channel: string) => number;
  /** Returns the id by which others know a user. */
  readonly idOf: (userId: string, abortSignal?: AbortSignal) => Promise<string>;
  /** Sends a frame to the members of the channel, who are read after this call. */
  readonly publish: (channel: string, frame: PresenceFrame, abortSignal?: AbortSignal) => Promise<void>;
}

/**
 * Makes the list of a channel and publishes it.
 *
 * Invariants: the members are read after the turn is taken, so a later change finds no mark and requests a tick of its own. A list is
 * stored only over the list that it was made from, and never over one of a later turn. So a version identifies one list, and a list read
 * before a change does not replace one read after it. A list is published only once it is stored.
 */
export class PresenceTicker {
  constructor(private readonly ports: TickerPorts) {}

  /** @param isRepeated whether the tick was delivered before. Its frame may not have been published then, so the last one is published again. */
  async tick({ channel, turn: askedIn, wakeAt = 0 }: Tick, isRepeated: boolean, abortSignal?: AbortSignal): Promise<void> {
    const { table, publish } = this.ports;
    const taken = await table.takeTurn(channel, isRepeated ? undefined : askedIn, abortSignal);
    if (!taken) return;
    const present = await this.present(channel, abortSignal);
    const { list, isChanged } = await this.settle(channel, taken, present, Math.max(this.ports.clock.now(), wakeAt), abortSignal);
    if (isChanged || (isRepeated && list.version > 0)) await publish(channel, presenceFrame(channel, list), abortSignal);
  }

  /** Stores the list of a turn, or finds the one of a later turn. */
  private async settle(
    channel: string, taken: PresenceState, present: Present, now: number, abortSignal?: AbortSignal,
  ): Promise<NextList> {
    const { table, maxUsersOf } = this.ports;
    const { turn } = taken;
    let base = taken;
    for (;;) {
      const next = nextList(base, present, now, { channel, maxUsers: maxUsersOf(channel) });
      const list = { ...next.list, ...await this.wake(channel, next.list, base, now, abortSignal) };
      const outcome = await table.store(channel, turn, list, base, abortSignal);
      if (outcome === 'stored') return { ...next, list };
      base = await table.state(channel, abortSignal);
      if (base.storedTurn === turn) return { ...next, list };
      // The list may have been stored all the same, and the later tick may have found it unchanged.
      if (base.storedTurn > turn) return { list: base, isChanged: next.isChanged && outcome === 'unsure' };
    }
  }

  /** Requests a tick for the time at which the next absent user leaves the list, before that time is recorded, unless one comes by then. */
  private async wake(
    channel: string, list: StoredList, base: StoredList, now: number, abortSignal?: AbortSignal,
  ): Promise<Pick<StoredList, 'wakeAt'>> {
    const due = nextDue(list);
    if (due === undefined) return {};
    if (base.wakeAt !== undefined && base.wakeAt > now && base.wakeAt <= due + 1_000) return { wakeAt: base.wakeAt };
    const delaySeconds = Math.max(1, Math.ceil((due - now) / 1_000));
    const wakeAt = now + delaySeconds * 1_000;
    await this.ports.ticks.send({ channel, wakeAt }, delaySeconds, abortSignal);
    return { wakeAt };
  }

  private async present(channel: string, abortSignal?: AbortSignal): Promise<Present> {
    const { members, clock, maxUsersOf, idOf } = this.ports;
    const newest = new Map<string, PresenceMember>();
    for await (const page of members.pages(channel, abortSignal)) {
      for (const row of page) {
        if (row.userId === undefined || row.ttl * 1_000 <= clock.now()) continue;
        const known = newest.get(row.userId);
        if (!known || isNewer(row, known)) newest.set(row.userId, row);
      }
    }
    if (newest.size > maxUsersOf(channel)) return { count: newest.size };
    const users = await Promise.all([...newest].map(async ([userId, { from }]) => (
      { id: await idOf(userId, abortSignal), ...(from !== undefined && { name: from }) }
    )));
    return { count: users.length, users };
  }
}

/** Selects the connection of a user whose name others see. */
function isNewer(row: PresenceMember, other: PresenceMember): boolean {
  return row.connectedAt > other.connectedAt || (row.connectedAt === other.connectedAt && row.connectionId > other.connectionId);
}
