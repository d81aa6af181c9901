import { setTimeout as sleep } from 'node:timers/promises';
import { countsOf } from '../../harness/conformance/counts';
import { REGION } from '../../harness/credentials';
import { Endpoint } from '../../harness/endpoint/endpoint';
import type { Report } from '../../harness/endpoint/protocol';
import { messageEvent } from '../../harness/events';
import { eventually } from '../../harness/eventually';
import { Handler, type Invocation } from '../../harness/handler/handler';
import { Rig } from '../../harness/rig';
import { shippedBundle } from '../../harness/shipped-bundle';
import { ENV } from '../../src/private/contract';

/*
 * The shipped message handler is stopped for 20 seconds in mid-broadcast (SIGSTOP), in real time. The endpoint answers requests meanwhile and
 * closes connections, but the process reads nothing before it continues.
 */

const STANDSTILL_MILLIS = 20_000;
/** Leaves enough time afterwards, also on a busy machine. */
const LIMIT_MILLIS = 45_000;

interface Situation {
  readonly recipients: number;
  /** Sends per second. */
  readonly rate: number;
  /** Latency of an answer. */
  readonly afterMillis: number;
  /** Idle time after which the endpoint closes a connection. */
  readonly idleMillis: number;
  /** Number of received posts at which the process is stopped. */
  readonly stoppedAt: number;
}

const SITUATIONS: readonly (readonly [string, Situation])[] = [
  ['that keeps its connections', { recipients: 1_600, rate: 400, afterMillis: 5, idleMillis: 60_000, stoppedAt: 400 }],
  ['that closes idle connections meanwhile', { recipients: 1_600, rate: 400, afterMillis: 5, idleMillis: 5_000, stoppedAt: 400 }],
  ['that owes answers, at full speed', { recipients: 2_000, rate: 5_000, afterMillis: 200, idleMillis: 5_000, stoppedAt: 300 }],
];

interface Outcome {
  readonly ids: readonly string[];
  /** Number of received posts when the process continues. */
  readonly before: number;
  readonly invocation: Invocation;
  readonly report: Report;
}

let rig: Rig;
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  rig = await Rig.start();
  // Setting up takes time of this process, which serves the table as well.
  const ready: [string, () => Promise<Outcome>][] = [];
  for (const [name, situation] of SITUATIONS) ready.push([name, await prepare(situation)]);
  await Promise.all(ready.map(async ([name, run]) => outcomes.set(name, await run())));
}, 90_000);

afterAll(async () => {
  await rig?.stop();
});

async function prepare({ recipients, rate, afterMillis, idleMillis, stoppedAt }: Situation): Promise<() => Promise<Outcome>> {
  const { children, tables } = rig;
  const endpoint = await Endpoint.start(children, { region: REGION, stage: '/prod', idleMillis });
  await endpoint.play({ others: [{ status: 200, afterMillis }] });
  const ids = Array.from({ length: recipients }, (_, n) => `standing${String(n).padStart(7, '0')}=`);
  const handler = await Handler.start(children, {
    bundle: shippedBundle('message-handler'),
    tableName: await tables.create(ids.map((id) => ({ id }))),
    tableEndpoint: tables.endpoint,
    callbackUrl: endpoint.url,
    env: { [ENV.deliveryRateLimit]: String(rate) },
  });
  return async () => {
    const invoked = handler.invoke(messageEvent({ connectionId: 'sender-without-row=', messageId: 'standing', text: 'hello' }), LIMIT_MILLIS);
    const come = async () => (await endpoint.report('times')).times.length;
    await eventually(async () => await come() >= stoppedAt);
    handler.freeze();
    await sleep(STANDSTILL_MILLIS);
    const before = await come();
    handler.thaw();
    const invocation = await invoked;
    return { ids, before, invocation, report: await endpoint.report() };
  };
}

test.each(SITUATIONS)('a standstill of twenty seconds costs nobody the message, and repeats what is unclear alone, with an endpoint %s', (name, { recipients, stoppedAt }) => {
  const { ids, before, invocation: { settled, output }, report: { posts, refused, inFlight } } = outcomes.get(name)!;
  expect(before).toBeGreaterThanOrEqual(stoppedAt);
  expect(before).toBeLessThan(recipients);
  expect(settled?.error).toBeUndefined();
  const { retried, ...counts } = countsOf(output)!;
  expect(counts).toMatchObject({ recipients, delivered: recipients, failed: 0, abandoned: 0 });
  // Only a request signed at that very instant goes to a closed connection, and its result is unknown.
  expect(retried).toBeLessThanOrEqual(1);
  expect([...new Set(posts.map(({ connectionId }) => connectionId))].sort()).toEqual(ids);
  expect(posts.length).toBeLessThanOrEqual(recipients + retried);
  expect([refused, inFlight]).toEqual([[], 0]);
});
