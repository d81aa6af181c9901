import type { Clock } from '../core/clock';

/** Kept back from the time limit of an invocation for the report. */
const MARGIN_MILLIS = 500;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (millis, callback) => {
    const timer = setTimeout(callback, Math.ceil(millis));
    return () => clearTimeout(timer);
  },
};

/** When an invocation has to be over, in epoch milliseconds. */
export function deadlineOf(context: { getRemainingTimeInMillis(): number }): number {
  return systemClock.now() + context.getRemainingTimeInMillis() - MARGIN_MILLIS;
}
