import type { Process } from './process';
import type { Random } from './random';
import type { VirtualClock } from '../../../../harness/virtual-clock';

/** Faults of the network and a service. */
export interface Weather {
  readonly clock: VirtualClock;
  /** Share of the requests without an answer in time. */
  readonly timeouts: number;
  /** Whether nothing fails any more. */
  readonly isCalm: boolean;
  /** Time until which most writes are throttled. */
  readonly throttledUntil: number;
}

const TRIES = 4;
const TIMEOUT_MILLIS = 1_000;
/** Longest delay with which a request may be carried out after it was given up. */
const LATE_MILLIS = 8_000;

export class ThrottleError extends Error {}

/** A service as a process reaches it with a retrying SDK: answers are lost, late, or refused. */
export class UnreliableService {
  constructor(private readonly process: Process, private readonly random: Random, private readonly weather: Weather) {}

  /** Performs an action at one instant, as often as needed for an answer; it gets the number of the attempt, from 1. */
  async call<T>(act: (attempt: number) => T, isWrite = false): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.attempt(() => act(tries), isWrite);
      } catch (error) {
        if (tries === TRIES) throw error;
        await new Promise<void>((resolve) => void this.process.clock.after(50 * 2 ** tries, resolve));
      }
    }
  }

  private attempt<T>(act: () => T, isWrite: boolean): Promise<T> {
    const { random, weather, process } = this;
    const latency = random.between(2, 18);
    if (isWrite && weather.clock.now() < weather.throttledUntil && random.chance(0.8)) {
      return process.call(latency, () => {
        throw new ThrottleError('throttled');
      });
    }
    if (!random.chance(weather.timeouts)) return process.call(latency, act);
    const kind = random.pick(['lost', 'answer lost', 'late']);
    if (kind !== 'lost') weather.clock.after(latency / 2 + (kind === 'late' ? random.between(0, LATE_MILLIS) : 0), act);
    return process.call(TIMEOUT_MILLIS, () => {
      throw new Error('timeout');
    });
  }
}
