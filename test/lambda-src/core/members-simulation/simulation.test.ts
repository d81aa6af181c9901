import { worldOf } from './simulate';

/*
 * The invariants of membership, in many worlds in which everything goes wrong. To repeat one, use the seed of the failure:
 * SIMULATION_SEED=123 npx jest test/lambda-src/core/members-simulation/simulation
 */
const SEED = process.env.SIMULATION_SEED;
const RUNS = SEED === undefined ? 5_000 : 1;
const FIRST = SEED === undefined ? 1 : Number(SEED);

/** Situations that have to occur, or the simulation proves nothing. */
const SITUATIONS = [
  'a member whom a message has to find', 'a connection of which nothing may be left', 'an id that was used before', 'a message to a connection that has the id of a member',
  'an end that nobody reported', 'an end that was dealt with twice', 'a 410', 'a crash', 'a thaw', 'a function that failed', 'a handshake that failed',
  'a row that was written when it was given up', 'a row that the TTL deleted', 'a request of the same millisecond',
  'subscribe: subscribed', 'subscribe: gone', 'subscribe: overtaken', 'subscribe: an error', 'subscribe: no answer',
];

const met = new Map(SITUATIONS.map((name) => [name, 0]));
const failures: string[] = [];

beforeAll(async () => {
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const { violations, met: occurred } = await worldOf(seed);
    if (violations.length > 0) failures.push(`SIMULATION_SEED=${seed}: ${violations.slice(0, 3).join('; ')}`);
    for (const name of SITUATIONS) if (occurred.has(name)) met.set(name, met.get(name)! + 1);
  }
}, 300_000);

test(`the invariants hold over ${RUNS} runs`, () => {
  expect(failures).toEqual([]);
});

(SEED === undefined ? test.each(SITUATIONS) : test.skip.each(SITUATIONS))('the runs include %s', (name) => {
  expect(met.get(name)).toBeGreaterThan(9);
});

test('the same seed gives the same run', async () => {
  const trace = async (seed: number) => {
    const { sessions, met: occurred } = await worldOf(seed);
    return JSON.stringify([sessions.map(({ asked, state, ends }) => [asked, state, ends]), [...occurred]]);
  };
  for (let seed = FIRST; seed < FIRST + 20; seed++) expect(await trace(seed)).toBe(await trace(seed));
});
