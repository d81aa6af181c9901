import { presenceFrame, type PresenceFrame } from './frames';
import { nextDue, nextList, type NextList, type Present } from './presence-list';
import type { PresenceMember, PresenceMembers, PresenceState, PresenceTable, StoredList, Tick, TickQueue } from './presence-table';
import type { Clock } from '../clock';

export interface TickerPorts {
  readonly table: PresenceTable;
  readonly members: PresenceMembers;
  readonly ticks: TickQueue;
  readonly clock: Pick<Clock, 'now'>;
  /** Above it, the list of a channel says only how many there are. */
  readonly maxUsersOf: (channel: string) => number;
  /** The id by which others know a user. */
  readonly idOf: (userId: string, abortSignal?: AbortSignal) => Promise<string>;
  /** Sends a frame to the members of the channel, who are read after this is called. */
  readonly publish: (channel: string, frame: PresenceFrame, abortSignal?: AbortSignal) => Promise<void>;
}

/**
 * Makes the list of a channel and publishes it.
 *
 * Invariants: the members are read after the turn was taken, so that a change after that finds no mark, and asks for a tick of its own. A list
 * is stored only over the list that it was made from, and never over the one of a later turn; so a version names one list, and one that was
 * read before a change does not replace one that was read after it. It is published only once it is stored.
 */
export class PresenceTicker {
  constructor(private readonly ports: TickerPorts) {}

  /** @param isRepeated whether the tick was handed out before: its frame may not have been published then, so the last one is again */
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
      // It may have been stored all the same, and the later tick have found it unchanged.
      if (base.storedTurn > turn) return { list: base, isChanged: next.isChanged && outcome === 'unsure' };
    }
  }

  /** Asks for a tick at the time at which the next absent user leaves the list, before that is noted, unless one comes by then. */
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

/** Of two connections of a user the one of which others see the name. */
function isNewer(row: PresenceMember, other: PresenceMember): boolean {
  return row.connectedAt > other.connectedAt || (row.connectedAt === other.connectedAt && row.connectionId > other.connectionId);
}
