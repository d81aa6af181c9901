import { NO_PRESENCE, type PresenceMember, type PresenceState, type StoredList } from '../../../../lambda-src/core/presence/presence-table';

/** The rows and the presence item of the one channel of a world. Each request happens at one instant. */
export class SimulatedChannel {
  readonly rows = new Map<string, PresenceMember>();
  state: PresenceState = NO_PRESENCE;
  /** Time of the last added or removed row. */
  changedAt = 0;
  readonly counts = { takes: 0, skips: 0, refusals: 0 };
  /** Times at which each user got a first row or lost the last one; the newest last. */
  readonly moves = new Map<string, { readonly at: number; readonly isPresent: boolean }[]>();

  constructor(private readonly onStore: (state: PresenceState) => void = () => undefined) {}

  /** Returns whether there was none. */
  put(row: PresenceMember, now: number): boolean {
    if (this.rows.has(row.connectionId)) return false;
    this.rows.set(row.connectionId, row);
    this.note(row.userId!, true, now);
    return true;
  }

  /** Returns whether there was one. */
  remove(connectionId: string, now: number): boolean {
    const row = this.rows.get(connectionId);
    if (!row) return false;
    this.rows.delete(connectionId);
    this.note(row.userId!, this.usersAt(now).has(row.userId!), now);
    return true;
  }

  usersAt(now: number): Set<string> {
    return new Set([...this.rows.values()].filter(({ ttl }) => ttl * 1_000 > now).map(({ userId }) => userId!));
  }

  /** Returns a page of the rows after one of them. */
  pageAfter(connectionId: string, rows: number): PresenceMember[] {
    return [...this.rows.values()].filter((row) => row.connectionId > connectionId)
      .sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1)).slice(0, rows);
  }

  setMark(turn: number, at: number): void {
    if (this.state.turn === turn) this.state = { ...this.state, mark: turn, markedAt: at };
  }

  takeTurn(askedIn: number | undefined): PresenceState | undefined {
    if (askedIn !== undefined && this.state.storedTurn > askedIn) {
      this.counts.skips++;
      return undefined;
    }
    this.counts.takes++;
    this.state = { ...this.state, turn: this.state.turn + 1 };
    return this.state;
  }

  store(turn: number, list: StoredList, isUnchanged: (state: PresenceState) => boolean): boolean {
    if (!isUnchanged(this.state)) {
      this.counts.refusals++;
      return false;
    }
    const { mark, markedAt, turn: taken } = this.state;
    this.state = { ...list, turn: taken, mark, markedAt, storedTurn: turn };
    this.onStore(this.state);
    return true;
  }

  private note(userId: string, isPresent: boolean, now: number): void {
    this.changedAt = now;
    const moves = this.moves.get(userId) ?? [];
    this.moves.set(userId, moves);
    if (moves.at(-1)?.isPresent !== isPresent) moves.push({ at: now, isPresent });
  }
}
