import { steadyMillis } from './steady-millis';
import type { Clock } from '../core/clock';

/** Kept back from the time limit of an invocation for the report. */
const MARGIN_MILLIS = 500;

/**
 * Epoch milliseconds that run steadily.
 *
 * Invariant: between two calls of `synchronise` it never jumps, whatever the wall clock does.
 */
export class SteadyClock implements Clock {
  /** What the wall clock was ahead of the steady one when they were last compared. */
  private offset: number;

  /**
   * @param wall the wall clock, in epoch milliseconds
   * @param steady a clock that nobody sets, in milliseconds since any instant; it may stand still while the process is frozen
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

  /** Goes by the wall clock from here on. An invocation begins with it: before, this process may have been frozen for hours. */
  synchronise(): void {
    this.offset = this.wall() - this.steady();
  }

  /** By how many milliseconds the wall clock was set forward since `synchronise`; negative if it was set back. */
  get wallStep(): number {
    return Math.round(this.wall() - (this.offset + this.steady()));
  }
}

export const systemClock = new SteadyClock();

/** When an invocation that begins now has to be over, in milliseconds of the clock. */
export function deadlineOf(context: { getRemainingTimeInMillis(): number }, clock = systemClock): number {
  clock.synchronise();
  return clock.now() + context.getRemainingTimeInMillis() - MARGIN_MILLIS;
}
