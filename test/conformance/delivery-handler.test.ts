import { ids, rowsOf, slow } from '../../harness/conformance/cases/build';
import { rateOverrun } from '../../harness/conformance/rate';
import type { Report } from '../../harness/endpoint/protocol';
import { eventually } from '../../harness/eventually';
import { Rig } from '../../harness/rig';
import { shippedBundle } from '../../harness/shipped-bundle';
import { Workers, type WorkersOptions } from '../../harness/workers';
import { TUNING } from '../../src/private/contract';

describe('the delivery handler as it is shipped, in processes of its own', () => {
  const bundle = shippedBundle('delivery-handler');
  const recipients = ids(4_500);
  let rig: Rig;
  let tableName: string;
  let workers: Workers | undefined;

  beforeAll(async () => {
    rig = await Rig.start();
    tableName = await rig.tables.create(rowsOf(recipients));
  }, 30_000);

  afterEach(async () => {
    await workers?.stop();
    workers = undefined;
  });

  afterAll(async () => {
    await rig?.stop();
  });

  async function start(options: Partial<WorkersOptions>): Promise<Workers> {
    const { children, tables, endpoint } = rig;
    workers = await Workers.start(children, {
      bundle, count: 2, tableName, tableEndpoint: tables.endpoint, callbackUrl: endpoint.url, env: { DELIVERY_RATE_LIMIT: '1000000' }, ...options,
    });
    return workers;
  }

  const timesTaken = ({ posts }: Report) => {
    const times = new Map<string, number>();
    for (const { connectionId, accepted } of posts) if (accepted) times.set(connectionId, (times.get(connectionId) ?? 0) + 1);
    return times;
  };

  test('reads whole pages of the table, cuts a broadcast into chunks, and reaches everybody once', async () => {
    await rig.endpoint.play({ checkEvery: 10 });
    const run = await start({});
    const scans = rig.tables.proxy.callsOf('Scan');
    await run.plan('hello');
    expect(rig.tables.proxy.callsOf('Scan') - scans).toBe(1);
    await run.deliver();
    const report = await rig.endpoint.report();
    expect(report.refused).toEqual([]);
    expect(timesTaken(report)).toEqual(new Map(recipients.map((id) => [id, 1])));
    expect(run.settled).toHaveLength(Math.ceil(recipients.length / TUNING.chunkRecipients));
    expect(run.deadLetters).toBe(0);
  }, 60_000);

  test('delivers a batch of messages to an endpoint that takes its time, each once', async () => {
    const few = recipients.slice(0, 100);
    await rig.endpoint.play({ others: [slow(300)] });
    const run = await start({ count: 1, tableName: await rig.tables.create(rowsOf(few)) });
    await run.plan(...Array.from({ length: TUNING.publicQueueBatch }, (_, index) => `message ${index}`));
    await run.deliver(); // The returned items, if the rate kept one of them waiting.
    expect(timesTaken(await rig.endpoint.report())).toEqual(new Map(few.map((id) => [id, TUNING.publicQueueBatch])));
    expect(run.deadLetters).toBe(0);
  }, 60_000);

  test('loses nobody when a worker is killed in the middle of a chunk, and repeats that chunk only', async () => {
    await rig.endpoint.play({ others: [slow(10)], checkEvery: 10 });
    const run = await start({ visibilitySeconds: 5, env: { DELIVERY_RATE_LIMIT: '1000000', MAX_IN_FLIGHT: '8' } });
    await run.plan('hello');
    const delivered = run.deliver();
    await eventually(async () => (await rig.endpoint.report('times')).accepted >= 300);
    expect(await run.killOne()).toBe(true);
    await delivered;
    const taken = timesTaken(await rig.endpoint.report());
    expect(recipients.filter((id) => !taken.has(id))).toEqual([]);
    const repeated = [...taken.values()].filter((count) => count > 1).length;
    expect(repeated).toBeGreaterThan(0);
    expect(repeated).toBeLessThan(TUNING.chunkRecipients);
    expect(Math.max(...taken.values())).toBe(2);
    expect(run.deadLetters).toBe(0);
  }, 60_000);

  test('keeps to one rate over several workers, in every window', async () => {
    const rate = 1_500;
    await rig.endpoint.play({ checkEvery: 0 });
    const run = await start({ count: 4, env: { DELIVERY_RATE_LIMIT: String(rate) } });
    await run.plan('hello');
    await run.deliver();
    const { times, stalledMillis } = await rig.endpoint.report('times');
    expect(times).toHaveLength(recipients.length);
    // The design allows a quarter of a second, to which the simulation is held; a busy machine may add as much.
    expect(rateOverrun(times, rate)).toBeLessThanOrEqual(rate * (0.5 + stalledMillis / 1_000));
  }, 60_000);
});
