import { violations } from './invariants';
import type { Invocation } from './invocation';
import { worldOf } from './simulate';
import type { World } from './world';

/*
 * The invariants of delivery, in many runs of several broadcasts at once in a world where everything goes wrong. To repeat one, use the seed of
 * the failure: SIMULATION_SEED=123 npx jest test/lambda-src/core/simulation/simulation
 */
const SEED = process.env.SIMULATION_SEED;
const RUNS = SEED === undefined ? 3_000 : 1;
const FIRST = SEED === undefined ? 1 : Number(SEED);

/** Situations that have to occur, or the simulation proves nothing. */
const SITUATIONS: Record<string, (world: World) => boolean> = {
  'several at once': ({ invocations }) => invocations.length > 2,
  'more than three pages': ({ invocations, scenario }) => invocations.some(({ rowsRead }) => rowsRead.length > 3 * scenario.pageSize),
  'a crash': ({ invocations }) => invocations.some(({ process }) => process.isCrashed),
  'a thaw while sending': ({ invocations }) => invocations.some(({ process, posts }) => posts.some(({ at }) => at >= process.thawedAt && process.thawedAt > 0)),
  'a skew of seconds': ({ invocations }) => invocations.some(({ plan }) => Math.abs(plan.fate.skew) > 1_500),
  'a clock set back while sending': ({ invocations }) => invocations.some((one) => isSetWhileSending(one, -1)),
  'a clock set forward while sending': ({ invocations }) => invocations.some((one) => isSetWhileSending(one, 1)),
  'an outage that all got over': ({ invocations, scenario: { outage } }) => invocations.some(
    ({ posts, result }) => outage && posts.some(({ at }) => at >= outage.to) && posts.some(({ answer }) => answer?.kind === 'unsent') && result?.tally.abandoned === 0),
  'an outage up to the end': ({ invocations }) => invocations.some(({ result }) => result?.unreachable !== undefined),
  'a refused backlog': ({ invocations }) => invocations.some(({ result }) => result?.failure?.name === 'BroadcastRefusedError'),
  'a stop after 403': ({ invocations }) => invocations.some(({ result }) => result?.failure?.name === 'DeliveryDeniedError' || result?.brokenOff),
  'an unreadable table': ({ invocations }) => invocations.some(({ result }) => result?.failure?.name === 'TableUnreadableError'),
  'a table read in part': ({ invocations }) => invocations.some(({ result }) => result?.readFailure && !result.failure),
  'a budget out of reach': ({ invocations }) => invocations.some(({ result }) => (result?.tally.rateLimitFallbacks ?? 0) > 0),
  'a deadline while sending': ({ invocations }) => invocations.some(({ brokenOff }) => brokenOff > 0),
  'more than is free': ({ invocations }) => invocations.some(({ posts }) => posts.length > 50),
  'a row pruned': ({ table }) => table.deletions.length > 0,
  'a row left': ({ invocations }) => invocations.some(({ result }) => (result?.tally.staleConnections ?? 0) > 0),
  'a delete that met a reused id': ({ table, scenario }) => table.spared.some((id) => scenario.clients.filter((client) => client.id === id).length > 1),
  'a second delivery': ({ endpoint }) => new Set(endpoint.deliveries.map(({ client, broadcast }) => `${broadcast} ${client.id}`)).size < endpoint.deliveries.length,
  'a connection that opened in time for a retry': ({ invocations }) => invocations.some(({ posts }) => posts.some(
    ({ id, answer }, index) => isStatus(answer, 410) && posts.some((post, later) => later > index && post.id === id && isStatus(post.answer, 200)))),
};

function isSetWhileSending({ plan: { fate: { clockStep } }, posts, startedAt }: Invocation, sign: number): boolean {
  if (!clockStep || Math.sign(clockStep.byMillis) !== sign) return false;
  const setAt = startedAt + clockStep.afterMillis;
  return posts.some(({ at }) => at < setAt) && posts.some(({ at }) => at > setAt);
}

function isStatus(answer: { kind: string; status?: number } | undefined, status: number): boolean {
  return answer?.kind === 'status' && answer.status === status;
}

const met = new Map(Object.keys(SITUATIONS).map((name) => [name, 0]));
const failures: string[] = [];

beforeAll(async () => {
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const world = await worldOf(seed);
    const found = violations(world);
    if (found.length > 0) failures.push(`SIMULATION_SEED=${seed}: ${found.slice(0, 3).join('; ')}`);
    for (const [name, occurs] of Object.entries(SITUATIONS)) if (occurs(world)) met.set(name, met.get(name)! + 1);
  }
}, 300_000);

test(`the invariants hold over ${RUNS} runs`, () => {
  expect(failures).toEqual([]);
});

(SEED === undefined ? test.each(Object.keys(SITUATIONS)) : test.skip.each(Object.keys(SITUATIONS)))('the runs include %s', (name) => {
  expect(met.get(name)).toBeGreaterThan(9);
});

test('the same seed gives the same run', async () => {
  const trace = async (seed: number) => {
    const { invocations, table, endpoint } = await worldOf(seed);
    return JSON.stringify([invocations.map(({ posts, result }) => [posts, result?.tally]), table.deletions, endpoint.deliveries]);
  };
  for (let seed = FIRST; seed < FIRST + 20; seed++) expect(await trace(seed)).toBe(await trace(seed));
});
