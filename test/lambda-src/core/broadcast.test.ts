import { ambiguous, FakeBudget, FakeRows, FakeSender, FakeSource, rows, status, unsent } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import { broadcast, totalFailure } from '../../../lambda-src/core/broadcast';
import type { Connection } from '../../../lambda-src/core/connection';
import { BroadcastRefusedError, DeliveryDeniedError, NobodyReachedError, TableUnreadableError } from '../../../lambda-src/core/errors';
import type { Reservation } from '../../../lambda-src/core/pacer';
import type { Answer, Sender } from '../../../lambda-src/core/sender';
import { emptyTally, type Tally } from '../../../lambda-src/core/tally';

interface Situation {
  readonly pages?: (now: number) => (readonly Connection[] | Error | 'hang')[];
  readonly answer?: (id: string, nth: number) => Answer | 'hang';
  readonly budget?: (nth: number) => Reservation | 'hang' | undefined;
  readonly rate?: number;
  readonly excluded?: readonly string[];
  readonly seconds?: number;
  readonly maxInFlight?: number;
  readonly deletes?: ConstructorParameters<typeof FakeRows>[1];
  readonly sender?: (sender: FakeSender) => Sender;
}

/** Broadcasts, and checks the invariants of every broadcast. */
async function run(situation: Situation) {
  const { pages = (now) => [rows(10, now)], answer, budget: script, rate = 1_000, excluded = [], deletes } = situation;
  const { seconds = 28, maxInFlight = 128 } = situation;
  const clock = new VirtualClock();
  const start = clock.now();
  const source = new FakeSource(clock, pages(start));
  const sender = new FakeSender(clock, answer);
  const budget = new FakeBudget(clock, rate, script);
  const table = new FakeRows(clock, deletes);
  const result = await clock.runUntil(broadcast({
    body: Buffer.from('hi'),
    excluded: new Set(excluded),
    recipients: source,
    deadline: start + seconds * 1_000,
  }, {
    recipientsOf: () => source,
    sender: situation.sender?.(sender) ?? sender,
    rows: table,
    budget,
    clock,
    random: () => 0.5,
    maxInFlight,
  }));
  const { tally } = result;
  expect(tally.delivered + tally.gone + tally.failed + tally.abandoned).toBe(tally.recipients);
  expect(tally.abandoned).toBeGreaterThanOrEqual(0);
  expect(clock.now() - start).toBeLessThanOrEqual(seconds * 1_000);
  expect(result.durationMillis).toBe(clock.now() - start);
  expect(clock.pending).toBe(0);
  expect(sender.inFlight).toBe(0);
  expect(table.inFlight).toBe(0);
  expect(source.ended).toBe(true);
  return { ...result, sender, budget, table, took: clock.now() - start, start };
}

const tries = (sender: FakeSender, id: string) => sender.posts.filter((post) => post.id === id);
const counts = (over: object) => ({ ...emptyTally(), ...over });

describe('the recipients', () => {
  test('are every connection, once, and none is deleted', async () => {
    const { tally, failure, sender, table } = await run({});
    expect(tally).toEqual(counts({ recipients: 10, delivered: 10 }));
    expect(failure).toBeUndefined();
    expect(sender.posts.map(({ id }) => id)).toEqual(rows(10, 0).map(({ connectionId }) => connectionId));
    expect(sender.bodies).toEqual(['hi']);
    expect(table.removed).toEqual([]);
  });

  test('are those of every page, past pages without a row', async () => {
    const { tally } = await run({ pages: (now) => [[], rows(30, now, 'a'), [], [], rows(30, now, 'b'), rows(30, now, 'c'), []] });
    expect(tally).toEqual(counts({ recipients: 90, delivered: 90 }));
  });

  test('include those after a page of reserved keys that comes when no permit is left', async () => {
    const { tally, took } = await run({ pages: (now) => [rows(20, now, 'a'), [{ connectionId: '#pace' }], rows(5, now, 'b')] });
    expect(tally.delivered).toBe(25);
    expect(took).toBeLessThan(200);
  });

  test('are none when nobody is connected: nothing is posted, and no lane is opened', async () => {
    const { tally, failure, sender } = await run({ pages: () => [[]] });
    expect(tally).toEqual(emptyTally());
    expect(failure).toBeUndefined();
    expect(sender.bodies).toEqual([]);
  });

  test('do not include an excluded sender, in the table or not', async () => {
    const { tally, sender } = await run({ excluded: ['c3', 'nobody'] });
    expect(tally).toEqual(counts({ recipients: 9, delivered: 9 }));
    expect(tries(sender, 'c3')).toEqual([]);
  });

  test('do not include keys that begin with #, nor expired rows', async () => {
    const { tally, sender } = await run({
      pages: (now) => [[
        { connectionId: '#pace' }, { connectionId: 'expired', ttl: now / 1000 - 1 }, { connectionId: 'now', ttl: now / 1000 }, { connectionId: 'alive', ttl: now / 1000 + 1 },
      ]],
    });
    expect(sender.posts.map(({ id }) => id)).toEqual(['alive']);
    expect(tally.recipients).toBe(1);
  });

  test('may be rows with only a key, in a user\'s own table', async () => {
    const { tally } = await run({ pages: () => [[{ connectionId: 'a' }, { connectionId: 'b' }]] });
    expect(tally.delivered).toBe(2);
  });
});

describe('connections that are closed', () => {
  test('are deleted after the sends, each on the condition of the row that was read', async () => {
    const { tally, table, start } = await run({ answer: (id) => status(id === 'c4' ? 410 : 200) });
    expect(tally).toEqual(counts({ recipients: 10, delivered: 9, gone: 1, pruned: 1 }));
    expect(table.removed).toEqual([{ connectionId: 'c4', connectedAt: start - 600_000 }]);
  });

  test('are all deleted when all are gone, which is no failure', async () => {
    const { tally, failure } = await run({ answer: () => status(410) });
    expect(tally).toEqual(counts({ recipients: 10, gone: 10, pruned: 10 }));
    expect(failure).toBeUndefined();
  });

  test('are kept and counted when they cannot be deleted', async () => {
    const { tally } = await run({ answer: () => status(410), deletes: (id) => (id === 'c1' ? 'hang' : undefined) });
    expect(tally).toMatchObject({ pruned: 9, staleConnections: 1 });
  });

  test('are kept and counted when their age is not known', async () => {
    const { tally, table } = await run({ pages: () => [[{ connectionId: 'a' }]], answer: () => status(410) });
    expect(tally).toMatchObject({ gone: 1, pruned: 0, staleConnections: 1 });
    expect(table.removed).toEqual([]);
  });

  test('are remembered up to a limit: the rest stays for the next broadcast, and is counted', async () => {
    const { tally, table } = await run({ pages: (now) => [rows(20_010, now)], answer: () => status(410), rate: 1e6, seconds: 60 });
    expect(tally).toMatchObject({ gone: 20_010, pruned: 20_000, staleConnections: 10 });
    expect(table.removed).toHaveLength(20_000);
  });

  const young = (now: number) => [[...rows(5, now), { connectionId: 'young', connectedAt: now - 1_000 }]];

  test('get the message a moment later if they were still opening', async () => {
    const { tally, sender, start } = await run({ pages: young, answer: (id, nth) => status(id === 'young' && nth < 3 ? 410 : 200) });
    expect(tally).toEqual(counts({ recipients: 6, delivered: 6, retried: 2 }));
    expect(tries(sender, 'young').map(({ at }) => at - start)).toEqual([5, 275, 1_295]);
  });

  test('stay in the table while they may still be opening', async () => {
    const { tally, table } = await run({ pages: young, answer: (id) => status(id === 'young' ? 410 : 200) });
    expect(tally).toEqual(counts({ recipients: 6, delivered: 5, gone: 1, retried: 2 }));
    expect(table.removed).toEqual([]);
  });
});

describe('a failure of one connection', () => {
  test.each([
    ['5xx is tried three times', status(503), 3],
    ['an ambiguous failure is tried once more', ambiguous, 2],
    ['429 is tried four times', status(429), 4],
    ['400 is final', status(400), 1],
    ['413 is final', status(413), 1],
    ['403 is final', status(403), 1],
  ])('%s', async (_, answer, times) => {
    const { tally, sender, failure, table } = await run({ answer: (id) => (id === 'c5' ? answer : status(200)) });
    expect(tries(sender, 'c5')).toHaveLength(times);
    expect(tally).toMatchObject({ recipients: 10, delivered: 9, failed: 1, retried: times - 1 });
    expect(failure).toBeUndefined();
    expect(table.removed).toEqual([]);
  });

  test('a post that could not be written is tried until it is written, and neither counts as a retry nor costs one', async () => {
    const { tally, sender, unreachable } = await run({ pages: (now) => [rows(300, now)], answer: (_id, nth) => (nth < 8 ? unsent : status(200)) });
    expect(tally).toEqual(counts({ recipients: 300, delivered: 300 }));
    expect(sender.posts).toHaveLength(8 * 300);
    expect(unreachable).toBeUndefined();
  });

  test('a written post has as many retries after a stall as without one', async () => {
    const answer = (id: string, nth: number) => (nth < 4 ? unsent : status(Number(id.slice(1)) >= 265 && nth === 4 ? 503 : 200));
    expect((await run({ pages: (now) => [rows(300, now)], answer })).tally).toEqual(counts({ recipients: 300, delivered: 300, retried: 35 }));
    // A tenth of the written sends and those in flight, plus ten; a send that turns out not to be written is no first send.
    const stalled = await run({
      pages: (now) => [rows(300, now)], answer: (id, nth) => (Number(id.slice(1)) < 200 ? unsent : status(nth === 1 ? 503 : 200)),
    });
    expect(stalled.tally.abandoned).toBe(200);
    expect(stalled.tally.retried).toBeGreaterThanOrEqual(20);
    expect(stalled.tally.retried).toBeLessThanOrEqual(10 + (100 + 128) / 10);
  });

  test('a post that could never be written is abandoned, with the reason, and only when the time is over', async () => {
    const { tally, unreachable, took } = await run({ answer: () => unsent });
    expect(tally).toEqual(counts({ recipients: 10, abandoned: 10 }));
    expect(unreachable).toBe('connection refused');
    expect(took).toBeGreaterThan(20_000);
  });

  test('a later try may succeed, and is the last', async () => {
    const { tally, sender } = await run({ answer: (id, nth) => status(id === 'c5' && nth < 3 ? 500 : 200) });
    expect(tally).toEqual(counts({ recipients: 10, delivered: 10, retried: 2 }));
    expect(tries(sender, 'c5')).toHaveLength(3);
  });

  test('a connection that hangs delays only itself', async () => {
    const { tally, sender, start, took } = await run({
      pages: (now) => [rows(1_000, now)], answer: (id) => (id === 'c500' ? 'hang' : status(200)), maxInFlight: 32, rate: 5_000,
    });
    expect(tally).toEqual(counts({ recipients: 1_000, delivered: 999, failed: 1, retried: 1 }));
    expect(Math.max(...sender.posts.filter(({ id }) => id !== 'c500').map(({ at }) => at)) - start).toBeLessThan(1_000);
    expect(took).toBeGreaterThan(6_000);
  });

  test('more hanging connections than places delay the others for only half a second', async () => {
    const { sender, start } = await run({
      pages: (now) => [rows(100, now)], answer: (id) => (Number(id.slice(1)) < 8 ? 'hang' : status(200)), maxInFlight: 8,
    });
    expect(sender.posts.find(({ id }) => id === 'c8')!.at - start).toBe(505);
  });
});

describe('a failure of all connections', () => {
  test('retries are a tenth of the sends and ten, however much fails', async () => {
    const { tally } = await run({ pages: (now) => [rows(500, now)], answer: () => status(500) });
    expect(tally).toMatchObject({ failed: 500, retried: 60 });
  });

  test('429 for many slows down', async () => {
    const times = async (answer: () => Answer) => (await run({ pages: (now) => [rows(1_000, now)], answer })).took;
    expect(await times(() => status(429))).toBeGreaterThan(2 * await times(() => status(200)));
  });

  test('429 for a few does not slow down the others, however often the few are tried again', async () => {
    const lastOf = async (answer: (id: string) => Answer) => {
      const { sender, start, tally } = await run({ pages: (now) => [rows(2_000, now)], answer });
      return { at: sender.posts.find(({ id }) => id === 'c1999')!.at - start, retried: tally.retried };
    };
    // At most four of them in a time in which five would show that all are too fast.
    const { at, retried } = await lastOf((id) => status(Number(id.slice(1)) % 64 === 0 ? 429 : 200));
    expect(retried).toBeGreaterThan(64);
    expect(at).toBeLessThan(1.2 * (await lastOf(() => status(200))).at);
  });

  test('twenty 403 in a row stop it, with an error that states the fix', async () => {
    const { tally, failure, sender } = await run({ pages: (now) => [rows(500, now)], answer: () => status(403), maxInFlight: 8 });
    expect(sender.posts.length).toBeLessThan(30);
    expect(tally).toMatchObject({ recipients: 500, failed: sender.posts.length, abandoned: 500 - sender.posts.length });
    expect(failure).toBeInstanceOf(DeliveryDeniedError);
    expect(failure!.message).toMatch(/ManageConnections/);
  });

  test('403 after some were delivered stops it too, but is not a total failure', async () => {
    const { tally, failure, brokenOff } = await run({
      pages: (now) => [rows(500, now)], answer: (id) => status(Number(id.slice(1)) < 100 ? 200 : 403), maxInFlight: 8,
    });
    expect(tally.delivered).toBe(100);
    expect(tally.abandoned).toBeGreaterThan(300);
    expect(failure).toBeUndefined();
    expect(brokenOff).toBeInstanceOf(DeliveryDeniedError);
  });

  test('a delivery after twenty 403 in a row does not start it again', async () => {
    const { tally, sender, brokenOff } = await run({
      pages: (now) => [rows(500, now)], answer: (id) => status(Number(id.slice(1)) < 20 ? 403 : 200), maxInFlight: 64, rate: 1e6,
    });
    expect(tally).toMatchObject({ failed: 20, delivered: sender.posts.length - 20 });
    expect(sender.posts.length).toBeLessThanOrEqual(64 + 20);
    expect(brokenOff).toBeInstanceOf(DeliveryDeniedError);
  });

  test('403 now and then does not stop it', async () => {
    const { tally, failure } = await run({
      pages: (now) => [rows(500, now)], answer: (id) => status(Number(id.slice(1)) % 19 === 0 ? 200 : 403), maxInFlight: 1, rate: 1e6,
    });
    expect(tally.abandoned).toBe(0);
    expect(failure).toBeUndefined();
  });

  test('a sender that cannot begin is an error, and counted', async () => {
    const broken = new Error('no credentials');
    const { tally, failure } = await run({ sender: () => ({ begin: () => { throw broken; } }) });
    expect(failure).toBe(broken);
    expect(tally).toMatchObject({ recipients: 10, abandoned: 10 });
  });
});

describe('a table that cannot be read', () => {
  test('fails at the first page: nobody got it', async () => {
    const denied = new Error('denied');
    const { tally, failure, readFailure } = await run({ pages: () => [denied] });
    expect(failure).toBeInstanceOf(TableUnreadableError);
    expect(failure!.cause).toBe(denied);
    expect(readFailure).toBe(denied);
    expect(tally).toEqual(counts({ incompleteReads: 1 }));
  });

  test('does not answer in time: nobody got it', async () => {
    const { tally, failure, took } = await run({ pages: () => ['hang'], seconds: 5 });
    expect(failure).toBeInstanceOf(TableUnreadableError);
    expect(tally).toEqual(counts({ incompleteReads: 1 }));
    expect(took).toBeLessThanOrEqual(5_000);
  });

  test('fails at a later page: connections before it get the message, and the rest counts as missing', async () => {
    const throttled = new Error('throttled');
    const { tally, failure, readFailure } = await run({ pages: (now) => [rows(30, now, 'a'), rows(30, now, 'b'), throttled] });
    expect(tally).toEqual(counts({ recipients: 60, delivered: 60, incompleteReads: 1 }));
    expect(failure).toBeUndefined();
    expect(readFailure).toBe(throttled);
  });

  test('is not read to its end in time: the same, and the table is not blamed', async () => {
    const { tally, readFailure } = await run({ pages: (now) => [rows(30, now), 'hang'], seconds: 5 });
    expect(tally).toEqual(counts({ recipients: 30, delivered: 30, incompleteReads: 1 }));
    expect(readFailure).toBeUndefined();
  });
});

describe('pace', () => {
  test('up to twenty recipients never touch the budget', async () => {
    expect((await run({ pages: (now) => [rows(20, now)] })).budget.asked).toEqual([]);
    expect((await run({ pages: (now) => [rows(21, now)] })).budget.asked).toHaveLength(1);
  });

  test('a refused backlog is an error; posts in flight still count', async () => {
    const { tally, failure } = await run({ pages: (now) => [rows(50, now)], budget: () => ({ kind: 'refused', backlogMillis: 7_500 }) });
    expect(failure).toBeInstanceOf(BroadcastRefusedError);
    expect(failure!.message).toMatch(/for the next 8 s/);
    expect(tally).toMatchObject({ recipients: 50, delivered: 20, abandoned: 30 });
  });

  test('a later refusal wastes no permit, and is no error', async () => {
    const { tally, failure } = await run({
      pages: (now) => [rows(2_000, now)], budget: (nth) => (nth === 2 ? { kind: 'refused', backlogMillis: 7_500 } : undefined),
    });
    expect(tally).toMatchObject({ delivered: 120, abandoned: 1_880 });
    expect(failure).toBeUndefined();
  });

  test('an unreachable budget makes it slow, and is counted', async () => {
    const { tally, took } = await run({ pages: (now) => [rows(520, now)], budget: () => ({ kind: 'unreachable' }) });
    expect(tally).toMatchObject({ delivered: 520 });
    expect(tally.rateLimitFallbacks).toBeGreaterThan(0);
    expect(took).toBeGreaterThan(1_900);
    expect(took).toBeLessThan(2_300);
  });

  test('a budget that hangs when all is over is not waited for, nor called unreachable', async () => {
    const { tally } = await run({ pages: (now) => [rows(500, now)], budget: (nth) => (nth > 1 ? 'hang' : undefined), seconds: 1.4 });
    expect(tally.rateLimitFallbacks).toBe(0);
  });

  test('the number of places limits the posts in flight', async () => {
    const { sender, tally } = await run({ pages: (now) => [rows(200, now)], maxInFlight: 4 });
    expect(sender.mostInFlight).toBe(4);
    expect(tally.delivered).toBe(200);
  });
});

describe('the deadline', () => {
  test('ends a broadcast that is not through, and what is left is abandoned', async () => {
    const { tally, failure, took } = await run({ pages: (now) => [rows(10_000, now)], seconds: 3 });
    expect(took).toBeLessThanOrEqual(3_000);
    expect(tally.delivered).toBeGreaterThan(1_900);
    expect(tally.abandoned).toBe(10_000 - tally.delivered);
    expect(failure).toBeUndefined();
  });

  test('aborts posts that hang', async () => {
    const { tally, took } = await run({ answer: (id) => (id === 'c1' ? 'hang' : status(200)), seconds: 2 });
    expect(tally).toMatchObject({ delivered: 9, abandoned: 1 });
    expect(took).toBeLessThanOrEqual(2_000);
  });

  test('that is past already sends nothing', async () => {
    const clock = new VirtualClock();
    const sender = new FakeSender(clock);
    const source = new FakeSource(clock, [rows(10, clock.now())]);
    const { tally } = await clock.runUntil(broadcast({
      body: Buffer.from(''),
      recipients: source,
      deadline: clock.now() - 5,
    }, {
      recipientsOf: () => source,
      sender,
      rows: new FakeRows(clock),
      budget: new FakeBudget(clock),
      clock,
      random: () => 0,
      maxInFlight: 8,
    }));
    expect(sender.posts).toEqual([]);
    expect(tally.abandoned).toBe(tally.recipients);
    expect(clock.pending).toBe(0);
  });

  test('leaves time to delete the rows of closed connections', async () => {
    const { tally } = await run({ pages: (now) => [rows(5_000, now)], answer: (id) => status(id === 'c0' ? 410 : 200), seconds: 3 });
    expect(tally).toMatchObject({ gone: 1, pruned: 1 });
  });
});

describe('a total failure', () => {
  const sumUp = (tally: Partial<Tally>, failure?: Error) => totalFailure({ tally: { ...emptyTally(), ...tally }, failure });

  test('means that nobody is known to have got the message, and its error says what to do', async () => {
    const result = await run({ answer: () => status(400) });
    expect(result.failure).toBeUndefined();
    const error = totalFailure(result)!;
    expect(error).toBeInstanceOf(NobodyReachedError);
    expect(error.message).toMatch(/^none of 10 recipients is known to have got the message: 10 deliveries failed, 0 were not made in time; send it again/);
  });

  test('is also when the time sufficed for no recipient', () => {
    expect(sumUp({ recipients: 7, failed: 3, abandoned: 4 })).toMatchObject({ name: 'NobodyReachedError', failed: 3, abandoned: 4 });
    expect(sumUp({ recipients: 4, abandoned: 4 })).toBeInstanceOf(NobodyReachedError);
  });

  test.each([
    ['somebody got it', { recipients: 3, delivered: 1, failed: 2 }],
    ['somebody is gone, and could not have got it', { recipients: 3, gone: 1, failed: 1, abandoned: 1 }],
    ['there is nobody', {}],
  ])('is not that %s', (_, tally) => {
    expect(sumUp(tally)).toBeUndefined();
  });

  test('has an error with the reason, if it is known', () => {
    const failure = new Error('the reason');
    expect(sumUp({ recipients: 3, abandoned: 3 }, failure)).toBe(failure);
  });
});
