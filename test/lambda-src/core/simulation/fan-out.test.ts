import fc from 'fast-check';
import { FakeBudget, FakeRows, FakeSender, FakeSource, rows, status } from '../fakes';
import { VirtualClock } from './virtual-clock';
import { handleRecords, type QueueRecord } from '../../../../lambda-src/core/delivery';
import type { QueueEntry, WorkQueue } from '../../../../lambda-src/core/queue';
import { readWorkItem } from '../../../../lambda-src/core/work-item';
import { LIMIT } from '../../../../src/private/contract';

/*
 * A broadcast past one function, on a virtual clock: queues that delay, reorder, repeat and redrive, and workers that crash
 * while they send, after they have sent, or before they have acknowledged.
 *
 * What must hold: each planned recipient is sent to, or expired, or is in the dead-letter queue; what goes back has fewer
 * hops left; nothing is sent once it is too old; and each delivery bears the id of the broadcast.
 */

interface Stored extends QueueRecord {
  receipts: number;
}

type Crash = 'no' | 'early' | 'before the acknowledgement';

interface World {
  readonly seed: readonly number[];
  readonly recipients: number;
  readonly crashes: number;
  readonly duplicates: number;
  readonly slow: number;
}

class Run implements WorkQueue {
  readonly clock = new VirtualClock();
  readonly start = this.clock.now();
  readonly dead: Stored[] = [];
  readonly sentAt: number[] = [];
  readonly attempted = new Set<string>();
  readonly bodies = new Set<string>();
  readonly items: ReturnType<typeof readWorkItem>[] = [];
  expired = 0;
  private draws = 0;
  private named = 0;

  constructor(private readonly world: World) {}

  async send(entries: readonly QueueEntry[]): Promise<void> {
    await this.clock.sleep(10);
    for (const { body, delaySeconds = 0 } of entries) {
      this.items.push(readWorkItem(body));
      const copies = this.random() < this.world.duplicates ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) this.store({ isWorkItem: true, body }, delaySeconds * 1_000);
    }
  }

  publish(): void {
    this.store({ isWorkItem: false, body: 'hello' }, 0);
  }

  private store(given: Pick<QueueRecord, 'isWorkItem' | 'body'>, delay: number): void {
    const stored: Stored = { ...given, messageId: `q${this.named++}`, sentAt: this.clock.now(), attributes: {}, receipts: 0 };
    this.clock.after(delay + this.random() * 5_000, () => void this.receive(stored));
  }

  private async receive(record: Stored): Promise<void> {
    if (record.receipts === LIMIT.queueReceives) {
      this.dead.push(record);
      return;
    }
    record.receipts++;
    const crash = this.drawCrash();
    const again = () => void this.receive(record);
    const cancel = this.clock.after(LIMIT.queueVisibilitySeconds * 1_000, again);
    const failures = await this.invoke(record, crash === 'early');
    if (crash !== 'before the acknowledgement' && failures.length === 0) cancel();
  }

  /** A worker that crashes early stops at its first sends: its posts never come back, and nothing of it is heard of again. */
  private async invoke(record: QueueRecord, crashes: boolean): Promise<readonly string[]> {
    const { clock, world } = this;
    let posts = 0;
    const sender = new FakeSender(clock, (id) => {
      if (crashes && ++posts > 30) return 'hang';
      this.attempted.add(id);
      this.sentAt.push(clock.now());
      return status(Number(id.slice(1)) % 100 < world.slow ? 429 : 200);
    });
    const { begin } = sender;
    sender.begin = (body) => {
      this.bodies.add(Buffer.from(body).toString());
      return begin.call(sender, body);
    };
    const queue: WorkQueue = { send: (entries) => (crashes && posts > 30 ? new Promise(() => undefined) : this.send(entries)) };
    const failures = await handleRecords([record], clock.now() + 29_500, {
      recipients: new FakeSource(clock, [rows(world.recipients, this.start)]),
      rows: new FakeRows(clock),
      sender,
      queue,
      budget: new FakeBudget(clock, 5_000),
      clock,
      random: () => this.random(),
      maxInFlight: 128,
      format: 'ENVELOPE',
      maxAgeMillis: LIMIT.defaultMaxAgeSeconds * 1_000,
      report: {
        broadcast: (_id, { tally }) => void (this.expired += tally.expired),
        failed: () => undefined,
      },
    });
    return crashes && posts > 30 ? new Promise(() => undefined) : failures;
  }

  private drawCrash(): Crash {
    const drawn = this.random();
    if (drawn >= this.world.crashes) return 'no';
    return drawn < this.world.crashes / 2 ? 'early' : 'before the acknowledgement';
  }

  private random(): number {
    const { seed } = this.world;
    return seed[this.draws++ % seed.length];
  }
}

const worlds = fc.record({
  seed: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 97, maxLength: 97 }),
  recipients: fc.integer({ min: 1_001, max: 3_500 }),
  crashes: fc.constantFrom(0, 0.2, 0.5),
  duplicates: fc.constantFrom(0, 0.3),
  slow: fc.constantFrom(0, 1),
});

test('whatever crashes, is late or comes twice: each recipient is sent to, expired, or in the dead-letter queue', async () => {
  await fc.assert(fc.asyncProperty(worlds, async (world) => {
    const run = new Run(world);
    run.publish();
    await run.clock.run(run.start + 30 * 60_000);
    const accounted = new Set(run.attempted);
    for (const record of run.dead.filter(({ isWorkItem }) => isWorkItem)) {
      for (const { connectionId } of readWorkItem(record.body).recipients) accounted.add(connectionId);
    }
    const wholeIsDead = run.dead.some(({ isWorkItem }) => !isWorkItem);
    if (!wholeIsDead) expect(accounted.size + run.expired).toBeGreaterThanOrEqual(world.recipients);
    if (run.sentAt.length > 0) {
      expect(Math.max(...run.sentAt)).toBeLessThan(run.start + LIMIT.defaultMaxAgeSeconds * 1_000);
    }
    expect(run.bodies.size).toBeLessThanOrEqual(1);
    for (const { attempt, hop } of run.items) {
      expect(attempt).toBeLessThan(LIMIT.workItemAttempts);
      expect(hop).toBeLessThanOrEqual(LIMIT.workItemHops);
      expect(hop).toBeGreaterThanOrEqual(attempt);
    }
  }), { numRuns: 30 });
}, 120_000);

test('without trouble each recipient is sent to exactly once', async () => {
  const run = new Run({ seed: [0.5], recipients: 3_456, crashes: 0, duplicates: 0, slow: 0 });
  run.publish();
  await run.clock.run(run.start + 10 * 60_000);
  expect(run.attempted.size).toBe(3_456);
  expect(run.sentAt).toHaveLength(3_456);
  expect(run.dead).toEqual([]);
});
