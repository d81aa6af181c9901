import { engine, mutated, overriding, type Plants } from './engine';
import { FanOut } from './fan-out';
import type { Planting } from './invocation';
import { Random } from './random';
import { simulate } from './simulate';
import type { Connection } from '../../../../lambda-src/core/connection';
import type { Outcome } from '../../../../lambda-src/core/outcome';
import type { Retry } from '../../../../lambda-src/core/retries';
import type { Answer } from '../../../../lambda-src/core/sender';
import type { WorkItem } from '../../../../lambda-src/core/work-item';
import { TUNING } from '../../../../src/private/contract';

/** Limited by the number of runs, not by time, also on a busy machine. */
jest.setTimeout(300_000);

/** Runs in which a mutant has to show. */
const RUNS = 1_500;


async function caughtBy(planting: Planting): Promise<string | undefined> {
  for (let seed = 1; seed <= RUNS; seed++) {
    const [found] = await simulate(seed, planting);
    if (found) return found;
  }
  return undefined;
}

const planted = (plants: Plants): Planting => ({ engine: mutated(plants) });

/** Gives answers another meaning. */
const judging = (change: (outcome: Outcome, answer: Answer) => Partial<Outcome>): Planting => planted({
  'core/outcome': ({ outcomeOf }) => ({
    outcomeOf: (answer, ...given) => {
      const outcome = outcomeOf(answer, ...given);
      return { ...outcome, ...change(outcome, answer) };
    },
  }),
});

const sending = (name: string, replacement: Parameters<typeof overriding>[2]): Planting =>
  planted({ 'core/delivery-engine': ({ DeliveryEngine }) => ({ DeliveryEngine: overriding(DeliveryEngine, name, replacement) }) });
const pacing = (name: string, replacement: Parameters<typeof overriding>[2]): Planting =>
  planted({ 'core/pacer': ({ Pacer }) => ({ Pacer: overriding(Pacer, name, replacement) }) });
const reading = (name: string, replacement: Parameters<typeof overriding>[2]): Planting =>
  planted({ 'core/page-reader': ({ PageReader }) => ({ PageReader: overriding(PageReader, name, replacement) }) });

test('without a mutation the engine passes', async () => {
  const planting = { engine: mutated() };
  for (let seed = 1; seed <= 50; seed++) expect(await simulate(seed, planting)).toEqual([]);
});

describe('mutants of the table', () => {
  test('one page only', async () => {
    expect(await caughtBy({
      engine,
      replace: (invocation) => ({
        recipients: {
          async* pages(signal) {
            for await (const page of invocation.recipients().pages(signal)) {
              yield page;
              return;
            }
          },
        },
      }),
    })).toMatch(/missed/);
  });

  test('an eventually consistent read', async () => {
    expect(await caughtBy({ engine, replace: (invocation) => ({ recipients: invocation.recipients(false) }) })).toMatch(/missed/);
  });

  test('a page without rows hides the next', async () => {
    expect(await caughtBy(reading('hold', (self, _, rows) => (self.following = rows)))).toMatch(/abandoned .* nothing was in the way|counts .* recipients of/);
  });

  test('a first page that is awaited without a limit', async () => {
    expect(await caughtBy(reading('stop', (self, stop) => (self.taken + self.atHand > 0 || self.ended ? stop() : undefined)))).toMatch(/never returned|after its deadline/);
  });

  test('expired rows that receive', async () => {
    expect(await caughtBy(planted({
      'core/connection': ({ receives }) => ({ receives: (row, ...given) => receives({ ...row, ttl: undefined }, ...given) }),
    }))).toMatch(/no recipient/);
  });
});

describe('mutants of pruning', () => {
  const openRow = /deleted while its connection was open/;

  test('without a condition', async () => {
    expect(await caughtBy({ engine, replace: (invocation) => ({ rows: invocation.rows(false) }) })).toMatch(openRow);
  });

  test('on 429', async () => {
    expect(await caughtBy(judging(({ throttled, prune }) => ({ prune: throttled ?? prune })))).toMatch(openRow);
  });

  test('the row of the sender', async () => {
    expect(await caughtBy({
      engine,
      replace: (invocation) => ({
        rows: {
          remove: async (id, connectedAt, signal) => {
            await invocation.rows().remove(id, connectedAt, signal);
            const { sender } = invocation.plan;
            const row = invocation.world.table.row(sender);
            if (row) await invocation.rows().remove(sender, row.connectedAt, signal);
          },
        },
      }),
    })).toMatch(openRow);
  });

  test('of connections that are still opening', async () => {
    expect(await caughtBy(planted({ 'core/connection': () => ({ mayBeOpening: () => false }) }))).toMatch(/deleted while its connection was open|after \{"kind":"status","status":410\}/);
  });

  test('never', async () => {
    expect(await caughtBy(judging(() => ({ prune: false })))).toMatch(/left the rows/);
  });

  test('past the deadline', async () => {
    expect(await caughtBy(planted({ 'core/clock': () => ({ within: (_clock, _deadline, work) => work(new AbortController().signal) }) }))).toMatch(/never returned|after its deadline/);
  });
});

describe('mutants of answers', () => {
  test('a retry after 200', async () => {
    expect(await caughtBy(judging(({ end, tries }) => ({ tries: end === 'delivered' ? 2 : tries })))).toMatch(/sent again|delivered 2 times/);
  });

  test('an id made per attempt', async () => {
    expect(await caughtBy({
      engine, replace: (invocation) => ({ sender: invocation.sender((nth, body) => Buffer.from(`${Buffer.from(body).toString()}, id ${nth}`)) }),
    })).toMatch(/different bodies/);
  });

  test('ambiguous failures that are tried as often as clear ones', async () => {
    expect(await caughtBy(judging(({ tries }, { kind }) => ({ tries: kind === 'ambiguous' ? tries + 1 : tries })))).toMatch(/sent again/);
  });

  test('retries without a budget', async () => {
    expect(await caughtBy(planted({
      'core/retries': ({ Retries }) => ({ Retries: overriding(Retries, 'add', (_, add, retry, firstSends) => add(retry, firstSends * 10)) }),
    }))).toMatch(/retries for/);
  });

  test('a retry budget that unwritten posts use up', async () => {
    expect(await caughtBy(sending('putBack', (self, putBack, ...given) => {
      const { retries } = self;
      self.retries = { putBack: (retry: Retry) => retries.add(retry, self.firstSends) || self.tally.failed++ };
      putBack(...given);
      self.retries = retries;
    }))).toMatch(/did not reach/);
  });

  test('unwritten posts that count as first sends', async () => {
    expect(await caughtBy(sending('count', (_, count, due, by) => (by < 0 ? undefined : count(due, by))))).toMatch(/retries/);
  });

  test('unwritten posts that are given up after three tries', async () => {
    expect(await caughtBy(sending('putBack', (self, putBack, due, answer) => (
      (due.stalls ?? 0) < 2 ? putBack(due, answer) : self.conclude(due.connection, due.triesMade + 1, answer))))).toMatch(/did not reach|counts/);
  });

  test('403 that never stops it', async () => {
    expect(await caughtBy(sending('isDenied', (self) => self.deniedInARow >= 40))).toMatch(/403 in a row/);
  });
});

describe('mutants of the pace', () => {
  const tooMany = /more than the rate allows/;

  test('a bucket per invocation', async () => {
    expect(await caughtBy({ engine, ownBudgets: true })).toMatch(tooMany);
  });

  test('permits that do not expire', async () => {
    expect(await caughtBy(planted({
      'core/pacer': ({ DEFAULT_PACING }) => ({ DEFAULT_PACING: { ...DEFAULT_PACING, graceMillis: 2_000 } }),
    }))).toMatch(tooMany);
  });

  test('sends without permits', async () => {
    expect(await caughtBy(planted({
      'core/pacer': ({ DEFAULT_PACING }) => ({ DEFAULT_PACING: { ...DEFAULT_PACING, freeSends: 60 } }),
    }))).toMatch(tooMany);
  });

  test('slots that do not move the end of the backlog', async () => {
    expect(await caughtBy(planted({
      'aws/shared-budget': ({ SharedBudget }) => ({
        SharedBudget: overriding(SharedBudget, 'update', (_, update, set, condition, values, ...given) =>
          update(set, condition, 'next' in values ? { ...values, next: values.from } : values, ...given)),
      }),
    }))).toMatch(tooMany);
  });
});

describe('mutants of the end', () => {
  test('a timer left behind', async () => {
    expect(await caughtBy(sending('end', (self, end) => {
      self.timer = undefined;
      end();
    }))).toMatch(/under way/);
  });

  test('posts left in flight', async () => {
    expect(await caughtBy(sending('end', (self, end) => {
      end();
      self.finish();
    }))).toMatch(/under way|after the end/);
  });

  test('posts waited for past the deadline', async () => {
    expect(await caughtBy(sending('end', (self, end) => {
      self.transmission = { end: () => undefined };
      end();
    }))).toMatch(/after its deadline/);
  });

  test('a reservation left in flight', async () => {
    expect(await caughtBy(pacing('stop', (_, stop) => void stop()))).toMatch(/under way/);
  });

  test('answers that are counted after the end', async () => {
    expect(await caughtBy(sending('land', (self, land, ...given) => {
      const { over } = self;
      land(...given);
      if (over) self.tally.failed++;
    }))).toMatch(/counts/);
  });

  test('a wake-up that is lost', async () => {
    expect(await caughtBy(planted({ 'core/retries': ({ Retries }) => ({ Retries: overriding(Retries, 'nextDue', () => undefined) }) }))).toMatch(/nothing was in the way/);
  });

  test('an end before the last page has come', async () => {
    expect(await caughtBy(sending('isDone', (self) => self.reader.atHand === 0 && self.retries.size === 0))).toMatch(/did not read the table to its end|nothing was in the way/);
  });

  test('more in flight than there are places', async () => {
    expect(await caughtBy(planted({
      'core/in-flight': ({ InFlight }) => ({
        InFlight: overriding(InFlight, 'hasPlace', (self, hasPlace, now) => hasPlace(now) || self.size < self.places * 4),
      }),
    }))).toMatch(/posts in flight/);
  });

  test('a deadline by the wall clock', async () => {
    expect(await caughtBy(planted({
      'aws/system-clock': ({ SteadyClock }) => ({ SteadyClock: overriding(SteadyClock, 'now', (self) => self.wall()) }),
    }))).toMatch(/never returned|after its deadline|nothing was in the way/);
  });

  test('an end that is never reported', async () => {
    expect(await caughtBy(sending('wakeAt', (_, wakeAt, instant, now) => (instant === Infinity ? undefined : wakeAt(instant, now))))).toMatch(/never returned|after its deadline/);
  });
});

describe('mutants of the fan-out', () => {
  /** Searches worlds in which workers crash for a violation. */
  async function caughtIn(runs: number, plants: Plants = {}): Promise<string | undefined> {
    const mutant = mutated(plants);
    for (let seed = 1; seed <= runs; seed++) {
      const random = new Random(seed);
      const run = new FanOut({ seed: Array.from({ length: 97 }, random.next), recipients: 2_500, crashes: 0.4, duplicates: 0, slow: 0 }, mutant);
      run.publish();
      await run.clock.run(run.start + 30 * 60_000);
      const [found] = run.violations();
      if (found) return found;
    }
    return undefined;
  }

  test('without a mutation', async () => {
    expect(await caughtIn(15)).toBeUndefined();
  }, 60_000);

  /** Changes the items that the queue gets. */
  const writing = (change: (item: WorkItem) => WorkItem): Plants =>
    ({ 'core/work-item': ({ writeWorkItem }) => ({ writeWorkItem: (item) => writeWorkItem(change(item)) }) });

  test('chunks that overlap by one', async () => {
    const last = new Map<string, Connection>();
    expect(await caughtIn(20, writing((item) => {
      const before = last.get(item.id);
      last.set(item.id, item.recipients.at(-1)!);
      // A full one takes no more.
      return before && item.recipients.length < TUNING.chunkRecipients ? { ...item, recipients: [before, ...item.recipients] } : item;
    }))).toMatch(/in two items of one plan/);
  });

  test('chunks that leave out a recipient', async () => {
    expect(await caughtIn(20, writing((item) => ({ ...item, recipients: item.recipients.slice(1) })))).toMatch(/missed/);
  });

  test('acknowledged before it is sent', async () => {
    expect(await caughtIn(20, {
      'core/queue-batch': (original) => ({
        handleRecords: async (...given) => {
          void original.handleRecords(...given);
          return [];
        },
      }),
    })).toMatch(/missed/);
  });

  /** Searches a world of many workers at a slow rate for a violation. */
  async function caughtWhenSlow(plants: Plants = {}): Promise<string | undefined> {
    const world = { seed: [0.5], recipients: 1_000, crashes: 0, duplicates: 0, slow: 0, delay: 200, workers: 24, rate: 1, maxAgeSeconds: 3_600 };
    const run = new FanOut(world, mutated(plants));
    run.publish();
    await run.clock.run(run.start + 60 * 60_000);
    return [...run.violations(), ...(run.away.length > 0 ? ['given up untried'] : [])][0];
  }

  test('without a mutation, at a slow rate', async () => {
    expect(await caughtWhenSlow()).toBeUndefined();
  });

  /** Charges a hop to items that waited. */
  const paying = writing((item) => (item.waits ? { ...item, hop: item.hop + 1 } : item));

  test('a hop that is counted for a part that was not begun', async () => {
    expect(await caughtWhenSlow(paying)).toMatch(/given up untried/);
  });

  test('parts that are out of hops and dropped', async () => {
    expect(await caughtWhenSlow({
      ...paying,
      'core/work-item-delivery': ({ deliverWorkItem }) => ({
        deliverWorkItem: (item, deadline, policy, ports) =>
          deliverWorkItem(item, deadline, policy, { ...ports, deadLetters: { send: async () => undefined } }),
      }),
    })).toMatch(/were missed|not counted/);
  });

  test('an id made per attempt', async () => {
    expect(await caughtIn(40, {
      'core/publication': ({ readPublication }) => ({
        readPublication: (...given) => {
          const message = readPublication(...given);
          return { ...message, id: `${message.id}${Math.random()}` };
        },
      }),
    })).toMatch(/different bodies/);
  });
});
