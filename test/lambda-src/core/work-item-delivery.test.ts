import { FakeQueue } from './fake-queue';
import { ambiguous, FakeBudget, FakeRows, FakeSender, FakeSource, rows, status, unsent } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import { DeliveryDeniedError, QueueRefusedError } from '../../../lambda-src/core/errors';
import { DEFAULT_PACING, type Reservation } from '../../../lambda-src/core/pacer';
import type { Answer } from '../../../lambda-src/core/sender';
import { emptyTally } from '../../../lambda-src/core/tally';
import { readWorkItem, type WorkItem } from '../../../lambda-src/core/work-item';
import { deliverWorkItem } from '../../../lambda-src/core/work-item-delivery';

interface Situation {
  readonly recipients?: number;
  readonly answer?: (id: string, nth: number) => Answer | 'hang';
  readonly budget?: (nth: number) => Reservation | 'hang' | undefined;
  readonly rate?: number;
  readonly over?: (now: number) => Partial<WorkItem>;
  readonly fate?: ConstructorParameters<typeof FakeQueue>[1];
  readonly deadFate?: ConstructorParameters<typeof FakeQueue>[1];
  readonly seconds?: number;
  /** Deletes of rows get no answer. */
  readonly rowsHang?: boolean;
}

async function run({ recipients = 100, answer, budget: script, rate = 1_000, over = () => ({}), fate, deadFate, seconds = 30, rowsHang }: Situation) {
  const clock = new VirtualClock();
  const start = clock.now();
  const sender = new FakeSender(clock, answer);
  const queue = new FakeQueue(clock, fate);
  const deadLetters = new FakeQueue(clock, deadFate);
  const budget = new FakeBudget(clock, rate, script);
  const item: WorkItem = {
    id: 'message',
    expiresAt: start + 300_000,
    body: Buffer.from('hi'),
    recipients: rows(recipients, start),
    attempt: 0,
    hop: 0,
    ...over(start),
  };
  const outcome = await clock.runUntil(deliverWorkItem(item, start + seconds * 1_000, { ...DEFAULT_PACING, freeSends: 0 }, {
    recipientsOf: () => new FakeSource(clock, []),
    queue,
    deadLetters,
    sender,
    budget,
    rows: new FakeRows(clock, () => (rowsHang ? 'hang' : undefined)),
    clock,
    random: () => 0.5,
    maxInFlight: 128,
  }).then((result) => ({ result }), (error: unknown) => ({ error })));
  expect(clock.pending).toBe(0);
  expect(sender.inFlight).toBe(0);
  const result = 'result' in outcome ? outcome.result : undefined;
  if (result) {
    const { delivered, gone, failed, abandoned, requeued, expired } = result.tally;
    expect(delivered + gone + failed + abandoned).toBe(result.tally.recipients);
    expect(result.tally.recipients + requeued + expired).toBe(item.recipients.length);
    expect(queue.items.reduce((sum, each) => sum + each.recipients.length, 0)).toBe(requeued);
  }
  return { result, error: 'error' in outcome ? outcome.error : undefined, sender, queue, deadLetters, item, budget, clock, start };
}

const idsOf = ({ recipients }: Pick<WorkItem, 'recipients'>) => recipients.map(({ connectionId }) => connectionId);
const counts = (over: object) => ({ ...emptyTally(), ...over });

describe('an item', () => {
  test('is delivered to each of its recipients, and nothing goes back', async () => {
    const { result, queue, budget } = await run({});
    expect(result).toEqual({ tally: counts({ recipients: 100, delivered: 100 }), durationMillis: expect.any(Number) });
    expect(queue.batches).toEqual([]);
    expect(budget.asked[0].sends).toBe(100);
  });

  test('that is too old is dropped and counted, and nothing is sent', async () => {
    const { result, sender } = await run({ over: (now) => ({ expiresAt: now }) });
    expect(result!.tally).toEqual(counts({ expired: 100 }));
    expect(sender.posts).toEqual([]);
  });

  test('is no longer sent once it is too old; the rest goes back to be counted as expired', async () => {
    const { result, sender, queue, item } = await run({ rate: 10, over: (now) => ({ expiresAt: now + 5_000 }) });
    expect(Math.max(...sender.posts.map(({ at }) => at))).toBeLessThan(item.expiresAt);
    expect(result!.tally.delivered).toBeGreaterThan(20);
    expect(queue.items).toHaveLength(1);
  });
});

describe('recipients that go back on the queue', () => {
  test('are those for whom there was no time, with their attempts', async () => {
    const { result, queue, item, sender } = await run({ rate: 2 });
    const [left] = queue.items;
    expect(left).toMatchObject({ id: 'message', expiresAt: item.expiresAt, attempt: 0, hop: 1 });
    expect(Buffer.from(left.body).toString()).toBe('hi');
    expect(new Set([...idsOf(left), ...sender.posts.map(({ id }) => id)]).size).toBe(100);
    expect(result!.tally.abandoned).toBe(0);
    expect(queue.entries[0]).toMatchObject({ group: 'message', delaySeconds: 0 });
  });

  test('go back in time, however long deleting the rows of closed connections takes', async () => {
    const { queue, clock, start, error } = await run({ rate: 2, answer: (id) => status(id === 'c0' ? 410 : 200), over: (now) => ({ recipients: rows(100, now - 100_000) }), rowsHang: true });
    expect(error).toBeUndefined();
    expect(queue.items).toHaveLength(1);
    expect(clock.now()).toBeLessThanOrEqual(start + 30_000);
  });

  test('are those that read too slowly, with one attempt less, after a while', async () => {
    const { result, queue } = await run({ answer: (id) => status(id === 'c7' ? 429 : 200), over: () => ({ attempt: 1, hop: 3 }) });
    expect(queue.items.map((left) => [idsOf(left), left.attempt, left.hop])).toEqual([[['c7'], 2, 4]]);
    expect(queue.entries[0].delaySeconds).toBe(10);
    expect(result!.tally).toMatchObject({ recipients: 99, delivered: 99, failed: 0, requeued: 1 });
  });

  test('are all of them, when the rate is reserved, until it may be free: no hop is used, and the waits double', async () => {
    const waitsOf = async (waits: number, backlogMillis: number, expiresIn: number) => {
      const { queue } = await run({
        budget: () => ({ kind: 'refused', backlogMillis }), over: (now) => ({ waits, hop: 7, attempt: 1, expiresAt: now + expiresIn }),
      });
      expect(queue.items).toMatchObject([{ hop: 7, attempt: 1, waits: waits + 1 }]);
      return queue.entries[0].delaySeconds;
    };
    const hour = 3_600_000;
    expect(await waitsOf(0, 10_000, hour)).toBe(13);
    expect(await waitsOf(1, 10_000, hour)).toBe(25);
    expect(await waitsOf(3, 10_000, hour)).toBe(100);
    expect(await waitsOf(30, 10_000, hour)).toBe(900);
    expect(await waitsOf(30, 10_000, 100_000)).toBe(49);
    expect(await waitsOf(30, 10_000, 1_000)).toBe(1);
  });

  test('are all of them, when no connection to API Gateway can be opened: no hop is used', async () => {
    const { result, queue, sender } = await run({ answer: () => unsent, over: () => ({ hop: 8 }) });
    expect(sender.posts.length).toBeGreaterThan(1_000);
    expect(result).toMatchObject({ unreachable: 'connection refused', nothingSent: true, tally: { requeued: 100, retried: 0, failed: 0 } });
    expect(queue.items).toMatchObject([{ hop: 8, waits: 1 }]);
    expect(queue.entries[0].delaySeconds).toBe(7);
  });

  test('are all of them, when the rate is reserved, until it may be free', async () => {
    const { result, queue, sender } = await run({ budget: () => ({ kind: 'refused', backlogMillis: 12_300 }) });
    expect(sender.posts).toEqual([]);
    expect(result!.failure).toBeUndefined();
    expect(result!.tally).toEqual(counts({ requeued: 100 }));
    expect(queue.entries[0].delaySeconds).toBe(16);
  });

  test('are not those that no later try can reach', async () => {
    const answers: Record<string, Answer> = { c1: status(410), c2: status(400), c3: ambiguous };
    const { result, queue } = await run({ answer: (id) => answers[id] ?? status(200) });
    expect(queue.batches).toEqual([]);
    expect(result!.tally).toMatchObject({ delivered: 97, gone: 1, failed: 2 });
  });

  test('are none after the last attempt', async () => {
    const { result, queue } = await run({ answer: (id) => status(id === 'c7' ? 429 : 200), over: () => ({ attempt: 2 }) });
    expect(queue.batches).toEqual([]);
    expect(result!.tally).toMatchObject({ delivered: 99, failed: 1, requeued: 0 });
  });

  test('are none after the last hop: the item goes to the dead-letter queue, with its hops restored, and is counted', async () => {
    const { result, queue, deadLetters, item, sender } = await run({ rate: 2, over: () => ({ hop: 8, attempt: 1 }) });
    expect(queue.batches).toEqual([]);
    const [left] = deadLetters.items;
    expect(left).toMatchObject({ id: 'message', expiresAt: item.expiresAt, attempt: 1, hop: 1 });
    expect(idsOf(left).filter((id) => sender.posts.some((post) => post.id === id && post.at < item.expiresAt - 275_000))).toEqual([]);
    expect(left.recipients.length).toBeGreaterThan(30);
    expect(result!.tally.abandoned).toBe(left.recipients.length);
    expect(result!.deadLettered).toBe(left.recipients.length);
  });

  test('are the whole item, when the dead-letter queue refuses an item that is out of hops', async () => {
    expect((await run({ rate: 2, over: () => ({ hop: 8 }), deadFate: () => new Error('denied') })).error).toBeInstanceOf(QueueRefusedError);
  });
});

describe('the whole item is received again', () => {
  test('when the remaining recipients cannot be put back', async () => {
    const { error } = await run({ rate: 2, fate: () => new Error('throttled') });
    expect(error).toBeInstanceOf(QueueRefusedError);
  });

  test('when the queue does not answer, before the time limit', async () => {
    const { error, clock, start } = await run({ rate: 2, fate: () => 'hang' });
    expect(error).toBeInstanceOf(QueueRefusedError);
    expect(clock.now()).toBeLessThanOrEqual(start + 30_000);
  });

  test('when API Gateway denies every delivery', async () => {
    const { result, queue } = await run({ answer: () => status(403) });
    expect(result!.failure).toBeInstanceOf(DeliveryDeniedError);
    expect(queue.batches).toEqual([]);
  });

  test('but not when it denies them in the middle: all others go back for later, and the denied ones have one attempt less', async () => {
    let posts = 0;
    const { result, queue } = await run({ answer: () => status(posts++ < 40 ? 200 : 403) });
    expect(result!.brokenOff).toBeInstanceOf(DeliveryDeniedError);
    expect(result!.tally).toMatchObject({ recipients: 40, delivered: 40, failed: 0, abandoned: 0 });
    expect(queue.entries.map(({ delaySeconds }) => delaySeconds)).toEqual([30, 30]);
    const [untried, denied] = queue.entries.map(({ body }) => readWorkItem(body));
    expect([untried.attempt, denied.attempt]).toEqual([0, 1]);
    expect(denied.recipients.length).toBeGreaterThanOrEqual(20);
    expect(40 + untried.recipients.length + denied.recipients.length).toBe(result!.tally.requeued + 40);
  });

  test('but not when it denies a few', async () => {
    let posts = 0;
    const { result, queue } = await run({ answer: () => status(posts++ < 10 ? 403 : 200) });
    expect(result!.tally).toMatchObject({ failed: 0, requeued: 10 });
    expect(queue.entries.map(({ body }) => readWorkItem(body).recipients.length)).toEqual([10]);
  });
});
