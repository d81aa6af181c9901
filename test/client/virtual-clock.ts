import type { Clock } from '../../client/src/clock';

/** A clock that advances only on a test's call. */
export class VirtualClock implements Clock {
  private time = 1_700_000_000_000;
  private readonly timers = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(readonly random: () => number = () => 0) {}

  readonly now = (): number => this.time;

  after(millis: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, Math.ceil(millis)), run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Number of waiting timers. */
  get waiting(): number {
    return this.timers.size;
  }

  /** Runs the timers that fall due in order; they may set others. */
  pass(millis: number): void {
    const end = this.time + millis;
    for (let due; (due = this.earliest(end));) {
      this.time = Math.max(this.time, due.at);
      this.timers.delete(due);
      due.run();
    }
    this.time = end;
  }

  private earliest(end: number) {
    return [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
