import { Random } from '../simulation/random';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export type Way = 'direct' | 'queued' | 'publisher';

export interface MessagePlan {
  readonly id: string;
  readonly at: number;
  readonly way: Way;
  /** Messages that a publisher sends at once, so that they may share a batch. */
  readonly count: number;
}

export interface SessionPlan {
  readonly from: number;
  readonly to: number;
}

/** Events of one world. Times are from its start. */
export interface Scenario {
  readonly seed: number;
  /** Whether it lasts hours or days, in which retention matters; otherwise a minute. */
  readonly isLong: boolean;
  readonly horizon: number;
  readonly maxMessages: number;
  readonly retentionSeconds: number;
  /** Other retentions, and the time from which environments begin to use them. */
  readonly deployments: readonly { readonly at: number; readonly retentionSeconds: number }[];
  /** Time at which a restored table replaces the table, and the time of its content. */
  readonly restore?: { readonly at: number; readonly of: number };
  readonly throttles: readonly SessionPlan[];
  readonly messages: readonly MessagePlan[];
  /** Times at which functions die that have just reserved a position. */
  readonly torn: readonly number[];
  readonly clients: readonly (readonly SessionPlan[])[];
  /** Clock skew of each environment. */
  readonly skews: readonly number[];
  readonly crashes: number;
  readonly freezes: number;
  readonly timeouts: number;
}

const HOURS = 3_600;

export function scenarioOf(seed: number): Scenario {
  const random = new Random(Math.imul(seed, 0x9e3779b1));
  const isLong = seed % 2 === 0;
  const horizon = isLong ? 24 * HOUR : MINUTE;
  const bursts = Array.from({ length: random.integer(1, 4) }, () => 20_000 * (isLong ? 1 : 0) + random.next() * horizon * (isLong ? 0.5 : 0.6));
  return {
    seed,
    isLong,
    horizon,
    maxMessages: random.chance(0.15) ? 5 : 1_000,
    retentionSeconds: random.pick([3, 3, 24]) * HOURS,
    deployments: random.chance(0.4)
      ? Array.from({ length: random.integer(1, 3) }, () => ({ at: random.next() * horizon, retentionSeconds: random.pick([1, 3, 24]) * HOURS }))
        .sort((a, b) => a.at - b.at)
      : [],
    restore: random.chance(0.15) ? restoreOf(random, horizon) : undefined,
    throttles: Array.from({ length: random.integer(0, 3) }, () => random.next() * horizon)
      .map((from) => ({ from, to: from + random.next() * 6_000 })),
    messages: messagesOf(random, bursts),
    torn: bursts.filter(() => random.chance(0.3)),
    clients: Array.from({ length: 2 }, () => sessionsOf(random, isLong, bursts)),
    skews: Array.from({ length: 4 }, () => Math.round(random.between(-5_000, 5_000))),
    crashes: random.pick([0, 0.05, 0.2]),
    freezes: random.pick([0, 0.05, 0.15]),
    timeouts: random.pick([0, 0.02, 0.06]),
  };
}

function restoreOf(random: Random, horizon: number): { at: number; of: number } {
  const at = random.between(0.3, 0.9) * horizon;
  return { at, of: random.next() * at };
}

/** Messages come in bursts, so that several find the same clients away. */
function messagesOf(random: Random, bursts: readonly number[]): MessagePlan[] {
  return Array.from({ length: random.integer(4, 11) }, (_, n) => ({
    id: `m${n}`,
    at: random.pick(bursts) + random.next() * 2_000,
    way: random.pick<Way>(['direct', 'queued', 'publisher']),
    count: random.chance(0.2) ? random.integer(2, 3) : 1,
  }));
}

function sessionsOf(random: Random, isLong: boolean, bursts: readonly number[]): SessionPlan[] {
  const first = Math.min(...bursts);
  // Half of them leave just before the first burst.
  let from = isLong && random.chance(0.5) ? first - random.between(5_000, 20_000) : random.next() * first;
  return Array.from({ length: random.integer(2, 5) }, (_, n) => {
    const to = n === 0 && first - from < 20_000 && isLong ? first - 1 : from + random.next() * (isLong ? 6 * HOUR : 20_000);
    const session = { from: Math.max(0, from), to: Math.max(1, to) };
    from = to + awayOf(random, isLong);
    return session;
  });
}

/** Duration for which a client is away: short, or about as long as messages are kept. */
function awayOf(random: Random, isLong: boolean): number {
  return isLong ? random.pick([random.between(0, HOUR), random.between(HOUR, 3 * HOUR), random.between(3 * HOUR, 7 * HOUR)]) : random.next() * 15_000;
}
