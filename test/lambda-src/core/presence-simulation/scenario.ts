import { Random } from '../simulation/random';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;

/** In a calm world nothing fails; in a rough one functions do; in a lossy one ticks, frames and closings are lost as well. */
export type Kind = 'calm' | 'rough' | 'lossy';

/** End of a connection: it closes, only leaves the channel, goes silent, or its close does not arrive. */
export type Ending = 'close' | 'unsubscribe' | 'silence' | 'unnoticed';

/** A connection of a user. Times are from the start of the world. */
export interface Visit {
  readonly user: number;
  readonly from: number;
  /** Absent when it stays. */
  readonly end?: { readonly at: number; readonly how: Ending };
  /** Time after its end at which the row is dead. */
  readonly ttlMillis: number;
}

/** Events of one world. */
export interface Scenario {
  readonly seed: number;
  readonly kind: Kind;
  readonly visits: readonly Visit[];
  readonly maxUsers: number;
  /** Clock skew of each environment. */
  readonly skews: readonly number[];
  readonly crashes: number;
  readonly freezes: number;
  readonly timeouts: number;
  readonly duplicateTicks: number;
  readonly lateTicks: number;
  readonly lostTicks: number;
  readonly lostFrames: number;
}

export const HORIZON = MINUTE;
const USERS = 5;

export function scenarioOf(seed: number): Scenario {
  const random = new Random(Math.imul(seed, 0x9e3779b1));
  const kind = (['calm', 'rough', 'lossy'] as const)[seed % 3];
  const isRough = kind !== 'calm';
  const isLossy = kind === 'lossy';
  return {
    seed,
    kind,
    visits: visitsOf(random, isLossy),
    maxUsers: random.chance(0.2) ? 2 : 10,
    skews: Array.from({ length: 3 }, () => Math.round(random.between(-100, 100))),
    crashes: isRough ? random.pick([0, 0.05, 0.2]) : 0,
    freezes: isRough ? random.pick([0, 0.1, 0.3]) : 0,
    timeouts: isRough ? random.pick([0, 0.02, 0.06]) : 0,
    duplicateTicks: random.pick([0, 0.05, 0.3]),
    lateTicks: isRough ? random.pick([0, 0.1]) : 0,
    lostTicks: isLossy ? random.pick([0, 0.05, 0.2]) : 0,
    lostFrames: isLossy ? random.pick([0, 0.05]) : 0,
  };
}

/** One user watches from the start to the end; the others come in bursts, so that their changes meet the same ticks. */
function visitsOf(random: Random, isLossy: boolean): Visit[] {
  const bursts = Array.from({ length: random.integer(1, 4) }, () => random.next() * HORIZON * 0.7);
  const others = Array.from({ length: random.integer(3, 12) }, (): Visit => {
    const from = random.pick(bursts) + random.next() * 3 * SECOND;
    const at = from + random.pick([200, 3 * SECOND, 20 * SECOND]) * random.next();
    const how = random.pick<Ending>(['close', 'close', 'close', 'unsubscribe', isLossy ? 'unnoticed' : 'close', random.chance(0.2) ? 'silence' : 'close']);
    return {
      user: random.integer(0, USERS - 1),
      from,
      ...(random.chance(0.6) && { end: { at, how } }),
      ttlMillis: random.between(11, 20) * MINUTE,
    };
  });
  const returns = others.flatMap((visit): Visit[] => (
    visit.end && random.chance(0.3) ? [{ user: visit.user, from: visit.end.at + random.next() * 8 * SECOND, ttlMillis: visit.ttlMillis }] : []
  ));
  return [{ user: USERS, from: 0, ttlMillis: 0 }, ...others, ...returns];
}
