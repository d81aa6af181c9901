import type { Clock } from '../core/clock';

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (millis, callback) => {
    const timer = setTimeout(callback, Math.ceil(millis));
    return () => clearTimeout(timer);
  },
};
