import { PRESENCE_LIMIT } from './presence-limits';
import type { PresenceList, PresenceTable, TickQueue } from './presence-table';
import type { Clock } from '../clock';

export interface MarkerPorts {
  readonly table: PresenceTable;
  readonly ticks: TickQueue;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Makes sure that changes of a channel's rows become a list.
 *
 * Invariant: after `mark`, a tick will begin to read the members. The tick is requested before the mark is written, so every mark has one.
 */
export class PresenceMarker {
  constructor(private readonly ports: MarkerPorts) {}

  /**
   * Requests a tick unless one has still to begin. Call it after the rows have changed: a tick that has begun may have passed them.
   *
   * @returns the list at the time of this call, or later
   */
  async mark(channel: string, abortSignal?: AbortSignal): Promise<PresenceList> {
    const { table, ticks, clock } = this.ports;
    const state = await table.state(channel, abortSignal);
    const { turn, mark, markedAt = 0 } = state;
    const now = clock.now();
    if (mark === turn && Math.abs(now - markedAt) < PRESENCE_LIMIT.markMillis) return state;
    await ticks.send({ channel, turn }, PRESENCE_LIMIT.tickDelaySeconds, abortSignal);
    await table.setMark(channel, turn, now, abortSignal);
    return state;
  }

  /** Removes rows of a closed connection. Nothing repeats this if the function dies after it, so a tick is requested before it as well. */
  async removing(channel: string, remove: () => Promise<void>, abortSignal?: AbortSignal): Promise<void> {
    await this.mark(channel, abortSignal);
    await remove();
    await this.mark(channel, abortSignal);
  }
}
