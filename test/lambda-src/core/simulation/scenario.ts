import type { Client, Fault, Outage, Squeeze, Trouble } from './endpoint';
import type { Fate } from './process';
import { Random } from './random';

/** Start of the simulation. */
export const START = 1_800_000_000_000;
/** The skew of a clock, either way. */
export const MAX_SKEW = 2_000;

export interface InvocationPlan {
  readonly startAt: number;
  /** Time until its deadline. */
  readonly millis: number;
  readonly places: number;
  /** Client that sent the message. */
  readonly sender: string;
  readonly excludesSender: boolean;
  readonly fate: Fate;
}

/** Failure rates of the invocations' table requests. */
export interface TableTrouble {
  readonly readFails: number;
  readonly readHangs: number;
  readonly deleteFails: number;
  readonly deleteHangs: number;
  readonly paceFails: number;
  readonly paceHangs: number;
}

/** Everything that is decided before a run begins. */
export interface Scenario extends Trouble {
  readonly seed: number;
  readonly rate: number;
  readonly clients: readonly Client[];
  /** Rows without a connection: reserved keys, and long-expired rows. */
  readonly strangers: readonly { readonly id: string; readonly ttl: number }[];
  readonly pageSize: number;
  readonly latency: { readonly table: number; readonly post: number };
  readonly table: TableTrouble;
  readonly invocations: readonly InvocationPlan[];
}

const UNTROUBLED: TableTrouble = { readFails: 0, readHangs: 0, deleteFails: 0, deleteHangs: 0, paceFails: 0, paceHangs: 0 };

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const count = random.chance(0.05) ? random.size(200, 600) : random.size(1, 120);
  const rate = random.chance(0.1) ? random.integer(1, 20) : random.size(20, 2_000);
  const troubled = random.chance(0.4) ? random.between(0, 0.5) : 0;
  const clients = Array.from({ length: count }, (_, n) => clientsOf(`c${n}`, random, troubled)).flat();
  return {
    seed,
    rate,
    clients,
    strangers: strangersOf(random),
    pageSize: random.size(1, Math.max(2, count)),
    latency: { table: random.size(2, random.chance(0.1) ? 400 : 40), post: random.size(2, 200) },
    table: random.chance(0.25) ? tableTrouble(random) : UNTROUBLED,
    squeeze: random.chance(0.15) ? squeezeOf(random, rate) : undefined,
    outage: random.chance(0.1) ? outageOf(random) : undefined,
    deniedFrom: random.chance(0.05) ? START + random.between(0, 3_000) : undefined,
    invocations: invocationsOf(random, clients),
  };
}

function clientsOf(id: string, random: Random, troubled: number): Client[] {
  const first = clientOf(id, random, troubled, START - lifeBefore(random));
  if (first.closedAt === Infinity || !random.chance(0.1)) return [first];
  // API Gateway gives the id to another client.
  return [first, clientOf(id, random, troubled, first.closedAt + random.between(0, 3_000))];
}

/** Time before the start at which a client connected: mostly long before, otherwise near it. */
function lifeBefore(random: Random): number {
  if (random.chance(0.7)) return random.between(95_000, 3_600_000);
  return random.chance(0.5) ? random.between(0, 95_000) : random.between(-5_000, 2_000);
}

function clientOf(id: string, random: Random, troubled: number, connectedAt: number): Client {
  const storedAt = connectedAt + (random.chance(0.1) ? random.between(0, 29_000) : random.between(0, 200));
  const openAt = storedAt + random.between(1, 500);
  return { id, connectedAt, storedAt, openAt, closedAt: closeOf(random, connectedAt, openAt), ...faultsOf(random, troubled) };
}

function closeOf(random: Random, connectedAt: number, openAt: number): number {
  if (random.chance(0.7)) return Infinity;
  const aroundStart = START + random.between(-2_000, 5_000);
  return Math.max(openAt + 1, random.chance(0.5) ? aroundStart : random.between(connectedAt, START));
}

function faultsOf(random: Random, troubled: number): Pick<Client, 'faults' | 'stays'> {
  if (!random.chance(troubled)) return { faults: [], stays: false };
  const kinds: Fault[] = [400, 429, 429, 500, 503, 'unsent', 'reset', 'reset after delivery', 'hang', 'hang after delivery'];
  const mixed = random.chance(0.3);
  const kind = random.pick(kinds);
  const faults = Array.from({ length: random.integer(1, 4) }, () => (mixed ? random.pick(kinds) : kind));
  return { faults, stays: random.chance(0.4) };
}

function strangersOf(random: Random): Scenario['strangers'] {
  const expired = Array.from({ length: random.integer(0, 5) }, (_, n) => ({ id: `expired${n}`, ttl: Math.floor(START / 1000) - 3_600 }));
  return random.chance(0.5) ? [{ id: '#reserved', ttl: Infinity }, ...expired] : expired;
}

function tableTrouble(random: Random): TableTrouble {
  const often = (probability: number) => (random.chance(0.4) ? random.between(0, probability) : 0);
  return {
    readFails: often(0.2), readHangs: often(0.1), deleteFails: often(0.5), deleteHangs: often(0.2), paceFails: often(1), paceHangs: often(0.5),
  };
}

function squeezeOf(random: Random, rate: number): Squeeze {
  const from = START + random.between(-1_000, 2_000);
  return { from, to: from + random.between(100, 10_000), rate: rate * random.between(0, 1.5) };
}

/** An unknown address, or a silent endpoint, for some seconds. */
function outageOf(random: Random): Outage {
  const from = START + (random.chance(0.5) ? -1_000 : random.between(0, 3_000));
  return { from, to: from + random.size(500, 12_000) };
}

/** A change of the clock, by a little or by minutes. */
function clockStepOf(random: Random): Fate['clockStep'] {
  return { afterMillis: random.size(1, 10_000), byMillis: random.pick([-2_000, -300_000, 300_000]) };
}

function invocationsOf(random: Random, clients: readonly Client[]): InvocationPlan[] {
  const spread = random.pick([0, 100, 3_000]);
  const skewed = random.chance(0.4);
  return Array.from({ length: random.pick([1, 1, 2, 3, 5]) }, () => ({
    startAt: START + random.between(0, spread),
    millis: random.pick([1_500, 3_000, 28_000, 28_000]),
    places: random.size(1, 128),
    sender: random.pick(clients).id,
    excludesSender: random.chance(0.3),
    fate: {
      skew: skewed ? random.integer(-MAX_SKEW, MAX_SKEW) : 0,
      crashAtStep: random.chance(0.1) ? random.size(1, 200) : undefined,
      freeze: random.chance(0.1) ? { atStep: random.size(1, 200), millis: random.size(100, 1_200_000) } : undefined,
      clockStep: random.chance(0.2) ? clockStepOf(random) : undefined,
      lateness: random.pick([0, 1, 1, 20]),
    },
  }));
}
