import { steadyMillis } from '../steady-millis';

/** A gap between two looks at the clock from which on the process stood still in between: lanes are swept ten times as often. */
const STANDSTILL_MILLIS = 1_000;

/**
 * Milliseconds in which this process ran.
 *
 * An endpoint owes no answer for the time in which nobody would have read one. Whoever holds it to a limit has to look at the clock
 * more often than once a second meanwhile.
 */
export class RunningClock {
  private stoodStill = 0;
  private last: number;

  /** @param steady a clock that nobody sets, which runs on while the process stands still */
  constructor(private readonly steady: () => number = steadyMillis) {
    this.last = steady();
  }

  now(): number {
    const now = this.steady();
    if (now - this.last > STANDSTILL_MILLIS) this.stoodStill += now - this.last;
    this.last = now;
    return now - this.stoodStill;
  }
}
