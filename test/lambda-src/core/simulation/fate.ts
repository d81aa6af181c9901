import type { Fate } from './process';
import type { Random } from './random';

/** Faults of functions. */
export interface Dangers {
  /** Share of the invocations that die. */
  readonly crashes: number;
  /** Share of the invocations that stand still, for as long as a function may be frozen. */
  readonly freezes: number;
}

/** Draws the fate of one invocation. @param lastStep usual number of steps of an invocation */
export function fateOf({ crashes, freezes }: Dangers, skew: number, lastStep: number, random: Random): Fate {
  return {
    skew,
    lateness: 0,
    crashAtStep: random.chance(crashes) ? random.size(1, lastStep) : undefined,
    freeze: random.chance(freezes)
      ? { atStep: random.size(1, lastStep), millis: random.chance(0.6) ? random.between(1_000, 25_000) : random.next() * 15 * 60_000 }
      : undefined,
  };
}
