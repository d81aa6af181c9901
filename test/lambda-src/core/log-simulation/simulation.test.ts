import { violations } from './invariants';
import { worldOf } from './simulate';
import type { World } from './world';

/*
 * The invariants of the log, in many worlds in which everything goes wrong. To repeat one, use the seed of the failure:
 * SIMULATION_SEED=123 npx jest test/lambda-src/core/log-simulation/simulation
 */
const SEED = process.env.SIMULATION_SEED;
const RUNS = SEED === undefined ? 5_000 : 1;
const FIRST = SEED === undefined ? 1 : Number(SEED);

const did = (name: string) => ({ met }: World) => (met.get(name) ?? 0) > 0;

/** Situations that have to occur, or the simulation proves nothing. */
const SITUATIONS: Record<string, (world: World) => boolean> = {
  'a proof by the entry itself': did('proof by entry'),
  'a proof by the entry after it': did('proof by before'),
  'a proof by the origin': did('proof by origin'),
  'a proof by the entry before it': did('proof by previous'),
  'a position that cannot be recovered': did('not recovered'),
  'an epoch that changed': did('another epoch'),
  'a throttled append': did('LogThrottledError'),
  'an append past its deadline': did('AppendDeadlineError'),
  'a message that was filled and not delivered': did('undelivered'),
  'a crash': did('a crash'),
  'a thaw': did('a thaw'),
  'a message found by its id': did('found by its id'),
  'a message that has two positions': ({ audit }) => {
    const ids = [...audit.fillings.values()].map(({ id }) => id).filter((id) => id !== undefined);
    return new Set(ids).size < ids.length;
  },
  'a seal': ({ audit }) => audit.seals > 0,
  'a fill that met its own entry': ({ audit }) => audit.ownRefusals > 0,
  'a fill that met a seal': ({ audit }) => audit.refusals > audit.ownRefusals,
  'an entry that the TTL deleted': ({ audit }) => [...audit.fillings.values()].some(({ isDeleted }) => isDeleted),
  'a retention that changes': ({ scenario }) => scenario.deployments.length > 0,
  'a restore': ({ scenario }) => scenario.restore !== undefined,
  'a client that dropped what came late': ({ clients }) => clients.some(({ dropped }) => dropped.length > 0),
};

const met = new Map(Object.keys(SITUATIONS).map((name) => [name, 0]));
const failures: string[] = [];
const totals = { recovered: 0, needless: 0 };

beforeAll(async () => {
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const world = await worldOf(seed);
    const found = violations(world);
    if (found.length > 0) failures.push(`SIMULATION_SEED=${seed}: ${found.slice(0, 3).join('; ')}`);
    for (const [name, occurs] of Object.entries(SITUATIONS)) if (occurs(world)) met.set(name, met.get(name)! + 1);
    totals.recovered += world.met.get('recovered') ?? 0;
    totals.needless += world.met.get('needlessly not recovered') ?? 0;
  }
}, 300_000);

test(`the invariants hold over ${RUNS} runs`, () => {
  expect(failures).toEqual([]);
});

(SEED === undefined ? test.each(Object.keys(SITUATIONS)) : test.skip.each(Object.keys(SITUATIONS)))('the runs include %s', (name) => {
  expect(met.get(name)).toBeGreaterThan(9);
});

(SEED === undefined ? test : test.skip)('a client hardly ever gets recovered false when nothing is lost', () => {
  expect(totals.needless / totals.recovered).toBeLessThan(0.01);
});

test('the same seed gives the same run', async () => {
  const trace = async (seed: number) => {
    const { audit, clients, met: occurred } = await worldOf(seed);
    return JSON.stringify([[...audit.fillings], clients.map(({ handed, covered }) => [handed, covered]), [...occurred]]);
  };
  for (let seed = FIRST; seed < FIRST + 20; seed++) expect(await trace(seed)).toBe(await trace(seed));
});
