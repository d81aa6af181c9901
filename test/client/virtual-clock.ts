import type { Clock } from '../../client/src/clock';

/** Time that passes only when a test lets it. */
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

  /** How many timers wait. */
  get waiting(): number {
    return this.timers.size;
  }

  /** Timers that fall due run in their order, and may set others. */
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
