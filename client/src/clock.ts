import type { Timing } from './api';

/** Time and chance, so that tests decide about both. */
export interface Clock {
  /** Milliseconds that have passed since some instant. Where there is no such clock, that of the day. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Returns a function that cancels it. */
  after(millis: number, run: () => void): () => void;
}

/** With 2^31 and more milliseconds, a browser's timer runs at once. */
const LONGEST_TIMER = 2e9;

export const systemClock: Clock = {
  now: () => (globalThis.performance ?? Date).now(),
  random: () => Math.random(),
  after(millis, run) {
    const timer = setTimeout(run, Math.min(millis, LONGEST_TIMER));
    return () => clearTimeout(timer);
  },
};

/** A time, shortened by a random part of its jitter. */
export function shortened(clock: Clock, time: number, jitter: number): number {
  return Math.round(time - clock.random() * jitter);
}

/** Runs something whenever nothing has happened for the time of a heartbeat. Returns a function that ends it. @param last when something last happened */
export function whenIdle(clock: Clock, { heartbeat, heartbeatJitter }: Timing, last: () => number, run: () => void): () => void {
  const time = shortened(clock, heartbeat, heartbeatJitter);
  let since = clock.now();
  let cancel: () => void;
  const look = (): void => {
    const left = Math.max(since, last()) + time - clock.now();
    cancel = clock.after(left > 0 ? left : time, look);
    if (left > 0) return;
    since = clock.now();
    run();
  };
  look();
  return () => cancel();
}

/** A wait before attempt `number`, from 1 on: random, and doubling up to the longest. */
export function backoff(clock: Clock, number: number, times: Timing): number {
  const { firstDelay, shortestDelay, longestDelay } = times;
  const longest = Math.min(longestDelay, firstDelay * 2 ** (number - 1));
  return shortened(clock, longest, longest - shortestDelay);
}
