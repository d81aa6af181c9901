import { PRESENCE_LIMIT } from './presence-limits';
import type { PresenceList, PresenceTable, TickQueue } from './presence-table';
import type { Clock } from '../clock';

export interface MarkerPorts {
  readonly table: PresenceTable;
  readonly ticks: TickQueue;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Sees to it that changes of a channel's rows become a list.
 *
 * Invariant: after `mark` a tick will begin to read the members. It is asked for before that is noted, so that no note is without its tick.
 */
export class PresenceMarker {
  constructor(private readonly ports: MarkerPorts) {}

  /**
   * Asks for a tick unless one is still to begin. Call it after the rows have changed: a tick that has begun may have passed them.
   *
   * @returns the list as it was when this was called, or later
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

  /**
   * Removes rows of a connection that is closed. Nobody would do this again if the function died after it, so a tick is asked for before it
   * as well.
   */
  async removing(channel: string, remove: () => Promise<void>, abortSignal?: AbortSignal): Promise<void> {
    await this.mark(channel, abortSignal);
    await remove();
    await this.mark(channel, abortSignal);
  }
}
