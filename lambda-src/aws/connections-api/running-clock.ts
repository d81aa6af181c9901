import { steadyMillis } from '../steady-millis';

/** A gap between two readings that counts as a standstill of the process: lanes are swept ten times as often. */
const STANDSTILL_MILLIS = 1_000;

/**
 * Milliseconds in which this process ran.
 *
 * Time in which the process could not read an answer does not count against the endpoint. Code that enforces a time limit has to
 * read this clock more often than once a second.
 */
export class RunningClock {
  private stoodStill = 0;
  private last: number;

  /** @param steady monotonic clock in milliseconds, which continues while the process stands still */
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
