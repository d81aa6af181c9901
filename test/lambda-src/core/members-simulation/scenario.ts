import type { Dangers } from '../simulation/fate';
import { Random } from '../simulation/random';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** In a calm world nothing fails; in a rough one functions and tables do. */
export type Kind = 'calm' | 'rough';

/** A request of a client. Times are from the start of the world. */
export interface ActionPlan {
  readonly at: number;
  readonly kind: 'subscribe' | 'unsubscribe';
  readonly channels: readonly string[];
}

export interface Visit {
  /** Id that API Gateway gives it. */
  readonly id: string;
  readonly user: string;
  readonly from: number;
  /** Channels of its handshake. */
  readonly channels: readonly string[];
  readonly actions: readonly ActionPlan[];
  /** Whether it waits for each answer before the next request. */
  readonly isPatient: boolean;
  /** Absent when it stays for two hours. */
  readonly end?: { readonly at: number; readonly isNoticed: boolean };
}

/** Events of one world. */
export interface Scenario extends Dangers {
  readonly seed: number;
  readonly kind: Kind;
  readonly visits: readonly Visit[];
  readonly messages: readonly { readonly at: number; readonly channel: string }[];
  /** Share of connections whose end API Gateway reports more than once. */
  readonly repeatedDisconnects: number;
  /** Clock skew of each environment. */
  readonly skews: readonly number[];
  readonly timeouts: number;
  readonly throttles: readonly { readonly from: number; readonly to: number }[];
}

export const HORIZON = MINUTE;
export const CHANNELS = ['room-a', 'room-b', 'room-c'];

export function scenarioOf(seed: number): Scenario {
  const random = new Random(Math.imul(seed, 0x9e3779b1));
  const kind = seed % 3 === 0 ? 'calm' : 'rough';
  const isRough = kind === 'rough';
  const bursts = Array.from({ length: random.integer(1, 3) }, () => random.next() * HORIZON * 0.6);
  const soon = () => random.pick(bursts) + random.next() * 2 * SECOND;
  return {
    seed,
    kind,
    visits: visitsOf(random, soon),
    messages: Array.from({ length: random.integer(2, 8) }, () => ({ at: soon() + random.next() * 3 * SECOND, channel: random.pick(CHANNELS) })),
    repeatedDisconnects: random.pick([0, 0.2, 0.5]),
    skews: Array.from({ length: 3 }, () => Math.round(random.between(-2_000, 2_000))),
    crashes: isRough ? random.pick([0, 0.05, 0.25]) : 0,
    freezes: isRough ? random.pick([0, 0.05, 0.2]) : 0,
    timeouts: isRough ? random.pick([0, 0.02, 0.06]) : 0,
    throttles: isRough && random.chance(0.3) ? [random.next() * HORIZON].map((from) => ({ from, to: from + random.next() * 6 * SECOND })) : [],
  };
}

/** Connections come in bursts, and some ids are reused. */
function visitsOf(random: Random, soon: () => number): Visit[] {
  const first = Array.from({ length: random.integer(2, 5) }, (_, nth) => visitOf(random, `x${nth}`, soon()));
  const again = first.filter(({ end }) => end && random.chance(0.4))
    .map(({ id, end }) => visitOf(random, id, end!.at + random.pick([5, 500, 20_000]) * random.next()));
  return [...first, ...again];
}

function visitOf(random: Random, id: string, from: number): Visit {
  const some = () => CHANNELS.filter(() => random.chance(0.3));
  const opened = from + random.next() * SECOND;
  // Some requests are made in one millisecond.
  const times = Array.from({ length: 3 }, () => opened + random.next() * 2 * SECOND);
  const actions = Array.from({ length: random.integer(0, 6) }, (): ActionPlan => {
    const kind = random.chance(0.6) ? 'subscribe' : 'unsubscribe';
    const channels = kind === 'subscribe' && random.chance(0.3) ? some() : [];
    return { at: random.pick(times), kind, channels: channels.length > 0 ? channels : [random.chance(0.7) ? CHANNELS[0] : random.pick(CHANNELS)] };
  }).sort((one, other) => one.at - other.at);
  const at = opened + random.pick([0.2, 3, 20]) * SECOND * random.next();
  return {
    id,
    user: `u${random.integer(0, 2)}`,
    from,
    channels: random.chance(0.4) ? some() : [],
    actions,
    isPatient: random.chance(0.5),
    ...(random.chance(0.6) && { end: { at, isNoticed: random.chance(0.85) } }),
  };
}
