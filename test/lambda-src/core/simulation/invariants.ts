import { skewBetween, type Invocation, type Post } from './invocation';
import { MAX_SKEW } from './scenario';
import type { World } from './world';
import type { Tally } from '../../../../lambda-src/core/tally';

const YOUNG_MILLIS = 90_000;
const FREE_SENDS = 20;
const DENIED_IN_A_ROW = 20;

/** Returns the violations of a run, each with the name of the invariant and the finding; none if all hold. */
export function violations(world: World): string[] {
  const found: string[] = [];
  const check = (holds: boolean, what: () => string) => {
    if (!holds) found.push(what());
  };
  for (const invocation of world.invocations) {
    if (!invocation.process.isCrashed) checkReturned(invocation, check);
    checkSends(invocation, check);
    if (invocation.result) checkResult(invocation, invocation.result.tally, check);
  }
  checkDeletions(world, check);
  checkPace(world, check);
  return found;
}

type Check = (holds: boolean, what: () => string) => void;

/** It returns before its deadline, or as soon as it thaws, and leaves nothing behind. */
function checkReturned({ name, plan, process, error, result, startedAt, endedAt, leftOver }: Invocation, check: Check): void {
  check(error === undefined, () => `${name}: threw ${String(error)}`);
  check(result !== undefined, () => `${name}: never returned`);
  // A thawed process runs its timers in order, each with its own delay.
  const latest = Math.max(startedAt + plan.millis, process.thawedAt) + 2 * (plan.fate.lateness + 1);
  check(endedAt === undefined || endedAt <= latest, () => `${name}: returned ${endedAt! - latest} ms after its deadline`);
  check(leftOver === 0, () => `${name}: returned with ${leftOver} things under way`);
}

/** Checks the number of posts to each recipient, and the time of the last one. */
function checkSends(invocation: Invocation, check: Check): void {
  const { name, posts, world } = invocation;
  const deliveries = groupBy(world.endpoint.deliveries.filter(({ broadcast }) => broadcast === name), ({ client }) => client.id);
  for (const [id, sends] of byId(posts)) {
    const delivered = deliveries.get(id) ?? [];
    const unclear = sends.filter(({ answer }) => answer?.kind !== 'status' && answer?.kind !== 'unsent').length;
    check(delivered.length <= 1 + unclear, () => `${name}: delivered ${delivered.length} times to ${id}, with ${unclear} ambiguous failures`);
    check(delivered.every(({ body }) => body === invocation.body), () => `${name}: delivered different bodies to ${id}`);
    const written = sends.filter(isWritten);
    const last = written.findIndex(isFinal);
    check(last < 0 || written[last] === sends.at(-1), () => `${name}: sent again to ${id} after ${JSON.stringify(written[last].answer)}`);
    check(invocation.isToReceive(id), () => `${name}: sent to ${id}, which is no recipient`);
  }
  const retries = retriesAmong(posts);
  const recipients = byId(posts).size;
  check(retries <= recipients / 10 + 10, () => `${name}: ${retries} retries for ${recipients} recipients`);
  checkDenied(invocation, check);
}

/** A post that was not written adds no load, and counts as no try. */
const isWritten = ({ answer }: Post) => answer?.kind !== 'unsent';

function retriesAmong(posts: readonly Post[]): number {
  const written = posts.filter(isWritten);
  return written.length - byId(written).size;
}

/** Whether an answer to the nth written post of a recipient has to be the last. */
function isFinal({ answer, row, answeredAt }: Post, index: number): boolean {
  if (!answer) return false;
  if (answer.kind !== 'status') return index + 1 >= 2;
  const { status } = answer;
  if (status === 410) return answeredAt! - row!.connectedAt! > YOUNG_MILLIS || index + 1 >= 3;
  if (status === 429) return index + 1 >= 4;
  return status < 500 || index + 1 >= 3;
}

/** Checks that nothing is sent after twenty 403 in a row. */
function checkDenied({ name, posts, answered, process, plan }: Invocation, check: Check): void {
  let inARow = 0;
  for (const { answer, answeredAt } of answered) {
    if (answer?.kind === 'status' && answer.status === 403) inARow++;
    if (answer?.kind === 'status' && answer.status < 300) inARow = 0;
    if (inARow < DENIED_IN_A_ROW || process.thawedAt > 0) continue;
    const later = posts.filter(({ at }) => Math.floor(at) + plan.fate.skew > answeredAt!).length;
    check(later === 0, () => `${name}: sent ${later} times after ${inARow} answers of 403 in a row`);
    return;
  }
}

/** Checks that the counts match the events, and include every recipient. */
function checkResult(invocation: Invocation, tally: Tally, check: Check): void {
  const { name, posts, rowsRead } = invocation;
  const { recipients, delivered, gone, failed, abandoned, retried, throttled } = tally;
  const read = rowsRead.filter(({ connectionId }) => invocation.isToReceive(connectionId)).length;
  check(recipients === read, () => `${name}: counts ${recipients} recipients of ${read} read`);
  check(delivered + gone + failed + abandoned === recipients, () => `${name}: the counts do not add up: ${JSON.stringify(tally)}`);
  check(Object.values(tally).every((count) => count >= 0), () => `${name}: a count is below 0: ${JSON.stringify(tally)}`);
  const accepted = byStatus(posts, (status) => status < 300);
  check(delivered === accepted, () => `${name}: counts ${delivered} delivered, of ${accepted} accepted`);
  check(abandoned >= invocation.brokenOff, () => `${name}: counts ${abandoned} abandoned, and broke off ${invocation.brokenOff} posts`);
  check(retried === retriesAmong(posts), () => `${name}: counts ${retried} retries`);
  check(throttled === byStatus(posts, (status) => status === 429), () => `${name}: counts ${throttled} answers of 429`);
  checkHeld(invocation, check);
  checkNotStalled(invocation, tally, check);
  if (tally.incompleteReads > 0) return;
  checkReached(invocation, tally, check);
  checkPruned(invocation, tally, check);
  checkPrompt(invocation, tally, check);
}

/** Checks that at most two pages are held, and that the posts in flight, without slow ones, fit into the places. */
function checkHeld({ name, mostHeld, mostInFlight, mostQuick, plan: { places }, world: { scenario: { pageSize } } }: Invocation, check: Check): void {
  check(mostHeld <= 2 * pageSize, () => `${name}: held ${mostHeld} rows, of pages of ${pageSize}`);
  check(mostInFlight <= 4 * places, () => `${name}: ${mostInFlight} posts in flight, with ${places} places`);
  check(mostQuick <= places, () => `${name}: ${mostQuick} posts in flight that are not slow, with ${places} places`);
}

/** Checks that every connection stored before the message was accepted, and still open, was sent to or is counted. */
function checkReached({ name, plan, posts, world, startedAt, endedAt }: Invocation, tally: Tally, check: Check): void {
  const sentTo = byId(posts);
  const present = world.scenario.clients.filter(({ storedAt, closedAt }) => storedAt <= startedAt && closedAt > endedAt!);
  const missed = present.filter(({ id }) => !sentTo.has(id) && !(plan.excludesSender && id === plan.sender));
  check(missed.length <= tally.abandoned, () => `${name}: missed ${missed.map(({ id }) => id).join()}, with ${tally.abandoned} abandoned`);
  if (world.scenario.squeeze || world.scenario.deniedFrom) return;
  const reached = new Set(world.endpoint.deliveries.filter(({ broadcast }) => broadcast === name).map(({ client }) => client));
  const well = present.filter(({ id, openAt, faults }) => openAt <= startedAt && faults.length === 0 && sentTo.has(id));
  const lost = well.filter((client) => !reached.has(client)).map(({ id }) => id);
  check(lost.length <= tally.abandoned, () => `${name}: did not reach ${lost.join()}, which were open`);
}

/** Checks that no row of a long-closed connection stays, unless it is counted. */
function checkPruned(invocation: Invocation, { staleConnections, failed, abandoned }: Tally, check: Check): void {
  const { name, world, startedAt, endedAt } = invocation;
  const stale = world.scenario.clients.filter(({ id, storedAt, closedAt, connectedAt }) => invocation.isToReceive(id)
    && storedAt < startedAt && closedAt < startedAt && connectedAt < startedAt - YOUNG_MILLIS - MAX_SKEW
    && world.table.rowAt(id, startedAt)?.connectedAt === connectedAt && world.table.rowAt(id, endedAt!)?.connectedAt === connectedAt);
  check(stale.length <= staleConnections + failed + abandoned, () => `${name}: left the rows of ${stale.map(({ id }) => id).join()}`);
}

/**
 * Checks that nobody is abandoned when there is enough time and nothing slows the broadcast: no wake-up is ever lost. Another invocation's clock
 * that is ahead also slows it: that one reserves slots in its present, which are in this one's future.
 */
function checkNotStalled({ name, plan, process, result, world, startedAt }: Invocation, { abandoned, incompleteReads }: Tally, check: Check): void {
  const { table, squeeze, outage, deniedFrom, clients, invocations, rate, pageSize, latency } = world.scenario;
  if (squeeze || deniedFrom || table.readFails > 0 || table.readHangs > 0 || table.paceHangs > 0 || process.thawedAt > 0 || result!.failure) return;
  if (clients.some(({ faults }) => faults.includes(429)) || skewBetween(world.invocations) > 0) return;
  const sends = clients.length * 1.1 + 10;
  const hangs = clients.filter(({ faults }) => faults.some((fault) => String(fault).startsWith('hang'))).length;
  const paced = (sends * invocations.length * 1000) / (rate * (table.paceFails > 0 ? 0.25 : 1));
  const carried = (sends * (latency.post * 2 + plan.fate.lateness) + hangs * 2_500) / plan.places;
  const needed = 2 * (paced + carried) + clients.length / pageSize * latency.table * 3 + (hangs > 0 ? 12_000 : 5_000);
  // Tries that fail meanwhile use up their share of the rate.
  const delayed = outage ? Math.max(0, outage.to - startedAt) + 2 * paced + 2_000 : 0;
  if (needed + delayed >= plan.millis) return;
  const unreachable = clients.filter(({ faults, stays }) => stays && faults.at(-1) === 'unsent').length;
  check(abandoned <= unreachable, () => `${name}: abandoned ${abandoned} although nothing was in the way`);
  check(incompleteReads === 0, () => `${name}: did not read the table to its end, although nothing was in the way`);
}

/** Checks that it deletes rows and returns once no more answer can come. */
function checkPrompt({ name, plan, process, endedAt, lastNewsAt, world: { scenario } }: Invocation, tally: Tally, check: Check): void {
  if (scenario.table.deleteHangs > 0 || process.thawedAt > 0 || tally.abandoned > 0) return;
  const deletes = Math.ceil(tally.gone / 16) * scenario.latency.table * 8;
  const reading = 8 * scenario.latency.table;
  const late = endedAt! - lastNewsAt - deletes - reading - 2 * plan.fate.lateness - 10;
  check(late <= 0, () => `${name}: returned ${late} ms later than it could`);
}

/** Checks that a row is deleted only after its connection has closed. */
function checkDeletions({ scenario, table }: World, check: Check): void {
  for (const { row: { connectionId, connectedAt }, at } of table.deletions) {
    const client = scenario.clients.find((one) => one.id === connectionId && one.connectedAt === connectedAt);
    check(client !== undefined && client.closedAt <= at, () => `the row of ${connectionId} was deleted while its connection was open`);
  }
}

/**
 * Checks that any window w has at most rate × (w + 0.25 s) sends of all invocations, not counting the first twenty of each. Slots are disjoint by
 * the clocks of their senders: if these differ by d, the sends in w are from slots within w + d. An invocation that cannot reach the budget
 * continues at a quarter of the rate, in addition to its reserved slots.
 */
function checkPace({ scenario: { rate }, invocations }: World, check: Check): void {
  const paced = invocations.map(({ posts }) => posts.slice(FREE_SENDS).map(({ at }) => at));
  const isShared = invocations.every(({ result }) => result?.tally.rateLimitFallbacks === 0);
  const together = isShared ? [paced.flat().sort((a, b) => a - b)] : paced;
  const most = isShared ? 1 + (rate / 1000) * (250 + skewBetween(invocations)) : 2 + (1.25 * rate / 1000) * 250;
  for (const sends of together) {
    const excess = excessOf(sends, isShared ? rate : 1.25 * rate);
    check(excess <= most + 1e-3, () => `${excess.toFixed(1)} sends more than the rate allows, where ${most.toFixed(1)} are in order`);
  }
}

/** Most sends beyond the rate in any period that begins and ends with a send. */
export function excessOf(sends: readonly number[], rate: number): number {
  let most = 0;
  let lowest = Infinity;
  sends.forEach((at, index) => {
    const allowed = (at * rate) / 1000;
    lowest = Math.min(lowest, index - allowed);
    most = Math.max(most, index + 1 - allowed - lowest);
  });
  return most;
}

const byId = (posts: readonly Post[]) => groupBy(posts, ({ id }) => id);

function groupBy<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}

function byStatus(posts: readonly Post[], is: (status: number) => boolean): number {
  return posts.filter(({ answer }) => answer?.kind === 'status' && is(answer.status)).length;
}
