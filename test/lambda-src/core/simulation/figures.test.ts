import type { Client, Fault } from './endpoint';
import { engine } from './engine';
import { excessOf, violations } from './invariants';
import { START, type Scenario } from './scenario';
import { World } from './world';

/* Figures of whole broadcasts, in worlds where little goes wrong. */

interface Calm {
  readonly recipients: number;
  readonly rate: number;
  /** Number of sends that each invocation can have in flight. */
  readonly places: readonly number[];
  readonly table?: number;
  readonly post?: number;
  /** Permanent fault of every hundredth client. */
  readonly fault?: Fault;
}

function scenarioOf({ recipients, rate, places, table = 10, post = 20, fault }: Calm): Scenario {
  const client = (n: number): Client => ({
    id: `c${n}`,
    connectedAt: START - 600_000,
    storedAt: START - 599_900,
    openAt: START - 599_800,
    closedAt: Infinity,
    faults: fault && n % 100 === 50 ? [fault] : [],
    stays: true,
  });
  return {
    seed: 1,
    rate,
    clients: Array.from({ length: recipients }, (_, n) => client(n)),
    strangers: [],
    pageSize: 1_000,
    latency: { table, post },
    table: { readFails: 0, readHangs: 0, deleteFails: 0, deleteHangs: 0, paceFails: 0, paceHangs: 0 },
    invocations: places.map((number, n) => ({
      startAt: START + n * 37, millis: 28_000, places: number, sender: 'c0', excludesSender: false, fate: { skew: 0, lateness: 1 },
    })),
  };
}

async function broadcasting(calm: Calm): Promise<World> {
  const world = new World(scenarioOf(calm), { engine });
  await world.run();
  expect(violations(world)).toEqual([]);
  return world;
}

/** Returns the share of the rate that was used while all had a backlog. */
function shareUsed({ invocations, scenario: { rate } }: World): number {
  const paced = invocations.map(({ posts }) => posts.slice(20).map(({ at }) => at));
  const from = Math.min(...paced.map(([first]) => first));
  const to = Math.min(...paced.map((sends) => sends.at(-1)!));
  return paced.flat().filter((at) => at >= from && at < to).length / (((to - from) * rate) / 1000);
}

// An invocation with p places, at 20 ms per post, can send p × 50 a second.
test.each<[string, Calm]>([
  ['one', { recipients: 3_000, rate: 1_000, places: [128] }],
  ['one, with a table that takes its time', { recipients: 3_000, rate: 1_000, places: [128], table: 50 }],
  ['two', { recipients: 3_000, rate: 1_000, places: [128, 128] }],
  ['eight', { recipients: 1_000, rate: 1_000, places: Array<number>(8).fill(128) }],
  ['three, at the default rate', { recipients: 5_000, rate: 5_000, places: [128, 128, 128] }],
  ['two of which each can use three quarters', { recipients: 3_000, rate: 1_000, places: [15, 15] }],
  ['four of which each can use half', { recipients: 3_000, rate: 1_000, places: [10, 10, 10, 10] }],
  ['six of which each can use a quarter', { recipients: 2_000, rate: 1_000, places: Array<number>(6).fill(5) }],
  ['two fast and two very slow ones', { recipients: 3_000, rate: 1_000, places: [128, 128, 2, 2] }],
])('at least 95 %% of the rate is used under a backlog: %s', async (_, calm) => {
  expect(shareUsed(await broadcasting(calm))).toBeGreaterThan(0.95);
});

test('ten broadcasts to a thousand each take two seconds at 5,000 a second, and never more than the one budget', async () => {
  const world = await broadcasting({ recipients: 1_000, rate: 5_000, places: Array<number>(10).fill(128) });
  const sends = allSends(world);
  expect(world.endpoint.deliveries).toHaveLength(10_000);
  expect(sends.at(-1)! - sends[0]).toBeLessThan(2_200);
  expect(excessOf(sends, 5_000)).toBeLessThan(5_000 * 0.25 + 10 * 20);
});

const TWELVE: readonly (readonly [string, Calm])[] = [
  ['at the default rate', { recipients: 2_500, rate: 5_000, places: Array<number>(12).fill(128) }],
  ['at a slow rate', { recipients: 250, rate: 100, places: Array<number>(12).fill(128) }],
  ['with a table that takes its time', { recipients: 1_000, rate: 1_250, places: Array<number>(12).fill(128), table: 50 }],
  ['of which each can use a seventh', { recipients: 1_000, rate: 1_250, places: Array<number>(12).fill(4) }],
  ['of which half crawl', { recipients: 1_000, rate: 1_250, places: [...Array<number>(6).fill(128), ...Array<number>(6).fill(2)] }],
];

describe.each(TWELVE)('twelve environments at once, %s', (_, calm) => {
  let world: World;
  beforeAll(async () => {
    world = await broadcasting(calm);
  });

  test('never send more in a window than the rate for it plus a quarter of a second, and twenty each', () => {
    expect(excessOf(allSends(world), calm.rate)).toBeLessThanOrEqual(calm.rate * 0.25 + 12 * 20);
  });

  test('use at least 95 % of the rate under a backlog', () => {
    expect(shareUsed(world)).toBeGreaterThan(0.95);
  });
});

test('twelve environments with a budget each send far more than the one rate', async () => {
  const [, calm] = TWELVE[0];
  const world = new World(scenarioOf(calm), { engine, ownBudgets: true });
  await world.run();
  expect(excessOf(allSends(world), calm.rate)).toBeGreaterThan(4 * (calm.rate * 0.25 + 12 * 20));
});

/** Returns the times of all posts in order, including those that need no slot. */
function allSends({ invocations }: World): number[] {
  return invocations.flatMap(({ posts }) => posts.map(({ at }) => at)).sort((a, b) => a - b);
}

/** Returns the time until all clients without a fault have the message. */
function timeOfTheOthers({ invocations: [{ posts }] }: World): number {
  return Math.max(...posts.filter(({ id }) => Number(id.slice(1)) % 100 !== 50).map(({ at }) => at)) - START;
}

describe.each([16, 128])('with %d places, one client in a hundred delays the others by less than half', (places) => {
  test.each<Fault>(['hang', 'hang after delivery', 429, 503, 'unsent', 'reset'])('that answers only %s', async (fault) => {
    const calm = { recipients: 3_000, rate: 5_000, places: [places] };
    const without = timeOfTheOthers(await broadcasting(calm));
    const withThem = timeOfTheOthers(await broadcasting({ ...calm, fault }));
    expect(withThem).toBeLessThan(1.5 * without);
  });
});
