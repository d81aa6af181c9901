import { engine, mutated, type Mutation } from './engine';
import { FanOut } from './fan-out';
import type { Planting } from './invocation';
import { Random } from './random';
import { simulate } from './simulate';

jest.setTimeout(120_000);

/** Runs in which a mutant has to show. */
const RUNS = 1_500;

async function caughtBy(planting: Planting): Promise<string | undefined> {
  for (let seed = 1; seed <= RUNS; seed++) {
    const [found] = await simulate(seed, planting);
    if (found) return found;
  }
  return undefined;
}

const source = (file: string, from: string, to: string): Planting => ({ engine: mutated({ file, from, to }) });

test('what is not mutated is the engine', async () => {
  const planting = { engine: mutated() };
  for (let seed = 1; seed <= 50; seed++) expect(await simulate(seed, planting)).toEqual([]);
});

describe('of the table', () => {
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

  test('an eventual read', async () => {
    expect(await caughtBy({ engine, replace: (invocation) => ({ recipients: invocation.recipients(false) }) })).toMatch(/missed/);
  });

  test('a page without rows hides the next', async () => {
    expect(await caughtBy(source('core/page-reader.ts', 'if (rows.length > 0) this.following', 'this.following'))).toMatch(/abandoned .* nothing was in the way|counts .* recipients of/);
  });

  test('a first page that is waited for without end', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', '() => void this.reader.stop()', '() => undefined'))).toMatch(/never returned|after its deadline/);
  });

  test('expired rows receive', async () => {
    expect(await caughtBy(source('core/connection.ts', 'row.ttl * 1000 <= now', 'false'))).toMatch(/no recipient/);
  });
});

describe('of pruning', () => {
  const openRow = /deleted while its connection was open/;

  test('without a condition', async () => {
    expect(await caughtBy({ engine, replace: (invocation) => ({ rows: invocation.rows(false) }) })).toMatch(openRow);
  });

  test('on 429', async () => {
    expect(await caughtBy(source('core/outcome.ts', 'wait: backOff(250), throttled: true', 'wait: backOff(250), throttled: true, prune: true'))).toMatch(openRow);
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
    expect(await caughtBy(source('core/connection.ts', 'connectedAt >= now - LIMIT.youngConnectionMillis', 'false'))).toMatch(/deleted while its connection was open|after \{"kind":"status","status":410\}/);
  });

  test('never', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'if (outcome.prune)', 'if (false)'))).toMatch(/left the rows/);
  });

  test('past the deadline', async () => {
    expect(await caughtBy(source('core/clock.ts', '() => stopped.abort()', '() => undefined'))).toMatch(/never returned|after its deadline/);
  });
});

describe('of answers', () => {
  test('a retry after 200', async () => {
    expect(await caughtBy(source('core/outcome.ts', "end: 'delivered', tries: 1", "end: 'delivered', tries: 2"))).toMatch(/sent again|delivered 2 times/);
  });

  test('an id made per attempt', async () => {
    expect(await caughtBy({
      engine, replace: (invocation) => ({ sender: invocation.sender((nth, body) => Buffer.from(`${Buffer.from(body).toString()}, id ${nth}`)) }),
    })).toMatch(/different bodies/);
  });

  test('ambiguous failures tried as often as clear ones', async () => {
    expect(await caughtBy(source('core/outcome.ts', "AMBIGUOUS: Outcome = { end: 'failed', tries: 2", "AMBIGUOUS: Outcome = { end: 'failed', tries: 3"))).toMatch(/sent again/);
  });

  test('retries without a budget', async () => {
    expect(await caughtBy(source('core/retries.ts', 'const SHARE = 0.1', 'const SHARE = 1'))).toMatch(/retries for/);
  });

  test('a retry budget that unwritten posts use up', async () => {
    expect(await caughtBy(source(
      'core/delivery-engine.ts',
      'this.retries.putBack({ connection, triesMade, stalls: stalls + 1, due: now + wait });',
      'if (!this.retries.add({ connection, triesMade, stalls: stalls + 1, due: now + wait }, this.firstSends)) this.tally.failed++;',
    ))).toMatch(/did not reach/);
  });

  test('unwritten posts that count as first sends', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', "if (answer.kind === 'unsent') this.count(due, -1);\n    else", ''))).toMatch(/retries/);
  });

  test('unwritten posts that are given up after three tries', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', "if (answer.kind === 'unsent') this.putBack(due, answer);", "if (answer.kind === 'unsent' && (due.stalls ?? 0) < 2) this.putBack(due, answer);"))).toMatch(/did not reach|counts/);
  });

  test('403 that never stops it', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'const DENIED_IN_A_ROW = 20', 'const DENIED_IN_A_ROW = 40'))).toMatch(/403 in a row/);
  });
});

describe('of pace', () => {
  const tooMany = /more than the rate allows/;

  test('a bucket per invocation', async () => {
    expect(await caughtBy({ engine, ownBudgets: true })).toMatch(tooMany);
  });

  test('permits that keep', async () => {
    expect(await caughtBy(source('core/pacer.ts', 'const GRACE_MILLIS = 200', 'const GRACE_MILLIS = 2_000'))).toMatch(tooMany);
  });

  test('more sends for nothing', async () => {
    expect(await caughtBy(source('core/pacer.ts', 'const FREE_SENDS = 20', 'const FREE_SENDS = 60'))).toMatch(tooMany);
  });

  test('slots that do not move the end', async () => {
    expect(await caughtBy(source('aws/shared-budget.ts', '{ next: from + cost,', '{ next: from,'))).toMatch(tooMany);
  });
});

describe('of the end', () => {
  test('a timer left behind', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', '    this.timer?.cancel();\n    this.transmission', '    this.transmission'))).toMatch(/under way/);
  });

  test('posts left in flight', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'if (this.inFlight.size === 0) this.finish!();\n  }\n\n  /** Whether nothing may', 'this.finish!();\n  }\n\n  /** Whether nothing may'))).toMatch(/under way|after the end/);
  });

  test('posts waited for past the deadline', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'this.transmission!.end();', ''))).toMatch(/after its deadline/);
  });

  test('a reservation left in flight', async () => {
    expect(await caughtBy(source('core/pacer.ts', '    await this.reserving?.settled;\n', ''))).toMatch(/under way/);
  });

  test('answers that count after the end', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'if (this.inFlight.size === 0) this.finish!();\n      return;', 'if (this.inFlight.size === 0) this.finish!();'))).toMatch(/counts/);
  });

  test('a wake-up that is lost', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'this.retries.nextDue ?? Infinity, now)', 'Infinity, now)'))).toMatch(/nothing was in the way/);
  });

  test('an end before the last page has come', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'this.reader.ended && ', ''))).toMatch(/did not read the table to its end|nothing was in the way/);
  });

  test('more in flight than there are places', async () => {
    expect(await caughtBy(source('core/in-flight.ts', 'this.quick < this.places && ', ''))).toMatch(/posts in flight/);
  });

  test('a deadline by the wall clock', async () => {
    expect(await caughtBy(source('aws/system-clock.ts', 'return Math.floor(this.offset + this.steady());', 'return this.wall();'))).toMatch(/never returned|after its deadline|nothing was in the way/);
  });

  test('an end that is forgotten', async () => {
    expect(await caughtBy(source('core/delivery-engine.ts', 'const at = Math.min(instant, this.options.deadline);', 'const at = instant;'))).toMatch(/never returned|after its deadline/);
  });
});

describe('of the fan-out', () => {
  /** What is found in worlds in which workers crash, until something is. */
  async function caughtIn(runs: number, ...mutations: Mutation[]): Promise<string | undefined> {
    const mutant = mutated(...mutations);
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

  test('what is not mutated', async () => {
    expect(await caughtIn(15)).toBeUndefined();
  }, 60_000);

  test('chunks that overlap by one', async () => {
    expect(await caughtIn(20, {
      file: 'core/plan.ts', from: 'const item = isFull ? this.take() : undefined;', to: 'const last = this.recipients.at(-1); const item = isFull ? this.take() : undefined; if (item) this.recipients.push(last!);',
    })).toMatch(/in two items of one plan/);
  });

  test('chunks that leave one out', async () => {
    expect(await caughtIn(20, { file: 'core/plan.ts', from: 'this.recipients.push(recipient);', to: 'if (!item) this.recipients.push(recipient);' })).toMatch(/missed/);
  });

  test('acknowledged before it is sent', async () => {
    expect(await caughtIn(20, { file: 'core/queue-batch.ts', from: 'await Promise.all([batch.broadcastAll', to: 'void Promise.all([batch.broadcastAll' })).toMatch(/missed/);
  });

  /** What is found in a world of many workers at a slow rate. */
  async function caughtWhenSlow(...mutations: Mutation[]): Promise<string | undefined> {
    const world = { seed: [0.5], recipients: 1_000, crashes: 0, duplicates: 0, slow: 0, delay: 200, workers: 24, rate: 1, maxAgeSeconds: 3_600 };
    const run = new FanOut(world, mutated(...mutations));
    run.publish();
    await run.clock.run(run.start + 60 * 60_000);
    return [...run.violations(), ...(run.away.length > 0 ? ['given up untried'] : [])][0];
  }

  test('what is not mutated, at a slow rate', async () => {
    expect(await caughtWhenSlow()).toBeUndefined();
  });

  test('a hop that is paid by a part that was not begun', async () => {
    expect(await caughtWhenSlow(
      { file: 'core/work-item-delivery.ts', from: '{ ...item, recipients: untried, waits: waits + 1,', to: '{ ...item, recipients: untried, hop: hop + 1, waits: waits + 1,' },
    )).toMatch(/given up untried/);
  });

  test('parts that are out of hops and dropped', async () => {
    expect(await caughtWhenSlow(
      { file: 'core/work-item-delivery.ts', from: '{ ...item, recipients: untried, waits: waits + 1,', to: '{ ...item, recipients: untried, hop: hop + 1, waits: waits + 1,' },
      { file: 'core/work-item-delivery.ts', from: 'await put(away, {', to: 'if (false) await put(away, {' },
    )).toMatch(/were missed|not counted/);
  });

  test('an id made per attempt', async () => {
    expect(await caughtIn(40, { file: 'core/publication.ts', from: '?? messageId;', to: '?? `${messageId}${Math.random()}`;' })).toMatch(/different bodies/);
  });
});
