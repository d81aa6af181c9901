import { steadyMillis } from './steady-millis';
import type { Clock } from '../core/clock';

/** Kept back from the time limit of an invocation for the report. */
const MARGIN_MILLIS = 500;

/**
 * Epoch milliseconds that run steadily.
 *
 * Invariant: between two calls of `synchronise` the time never jumps, even if the wall clock is set.
 */
export class SteadyClock implements Clock {
  /** Difference between wall clock and steady clock when they were last compared. */
  private offset: number;

  /**
   * @param wall wall clock in epoch milliseconds
   * @param steady monotonic clock in milliseconds; it may stand still while the process is frozen
   */
  constructor(private readonly wall: () => number = () => Date.now(), private readonly steady: () => number = steadyMillis) {
    this.offset = wall() - steady();
  }

  now(): number {
    return Math.floor(this.offset + this.steady());
  }

  after(millis: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.ceil(millis));
    return () => clearTimeout(timer);
  }

  /** Takes over the time of the wall clock. Each invocation begins with it: the process may have been frozen for hours. */
  synchronise(): void {
    this.offset = this.wall() - this.steady();
  }

  /** Milliseconds by which the wall clock was set forward since `synchronise`; negative if it was set back. */
  get wallStep(): number {
    return Math.round(this.wall() - (this.offset + this.steady()));
  }
}

export const systemClock = new SteadyClock();

/** Returns the deadline of an invocation that begins now, in milliseconds of the clock. */
export function deadlineOf(context: { getRemainingTimeInMillis(): number }, clock = systemClock): number {
  clock.synchronise();
  return clock.now() + context.getRemainingTimeInMillis() - MARGIN_MILLIS;
}
