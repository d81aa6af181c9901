import type { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { FakeRows, FakeSender, FakeSource, rows, status } from '../fakes';
import { engine as shipped, type Engine } from './engine';
import { rateOverrun } from '../../../../harness/conformance/rate';
import { PaceItem } from '../../../../harness/pace-item';
import { VirtualClock } from '../../../../harness/virtual-clock';
import type { QueueEntry, WorkQueue } from '../../../../lambda-src/core/queue';
import type { QueueRecord } from '../../../../lambda-src/core/queue-batch';
import { readWorkItem, type WorkItem } from '../../../../lambda-src/core/work-item';
import { DEFAULT, QUOTA, TUNING } from '../../../../src/private/contract';

/*
 * Broadcasts beyond one function, on a virtual clock: queues that delay, reorder, repeat and redrive, the full number of workers, one shared
 * rate, and workers that crash while they send, or after sending but before acknowledging.
 */

export interface World {
  /** Source of the draws: numbers in [0, 1). */
  readonly seed: readonly number[];
  readonly recipients: number;
  /** Share of the invocations that crash. */
  readonly crashes: number;
  /** Share of the work items that come twice. */
  readonly duplicates: number;
  /** Percentage of the recipients that never accept anything. */
  readonly slow: number;
  /** Work items delivered at once. @default 4 */
  readonly workers?: number;
  /** Sends per second of all together. @default 5000 */
  readonly rate?: number;
  /** Longest delay of a record, in milliseconds. @default 5000 */
  readonly delay?: number;
  /** @default 300 */
  readonly maxAgeSeconds?: number;
  /** Time limit of an invocation. @default 30 */
  readonly limitSeconds?: number;
  /** Share of the receives that overlap: the record becomes visible again while the worker still runs. @default 0 */
  readonly overlaps?: number;
  /** Number of redrives from the dead-letter queue, each a minute after the item came. @default 0 */
  readonly redrives?: number;
}

interface Stored extends QueueRecord {
  receipts: number;
}

export interface Send {
  readonly id: string;
  readonly at: number;
  readonly body: string;
}

type Crash = 'no' | 'early' | 'before the acknowledgement';

/** Last send at which a worker crashes early. */
const LAST_SEND = 30;
/** Sends may exceed the rate by a quarter of a second of it in any window. */
const GRACE_SECONDS = 0.25;
/** Sends of a broadcast that is no work item, in addition to the shared rate. */
const FREE_SENDS = 20;

export class FanOut implements WorkQueue {
  readonly clock = new VirtualClock();
  readonly start = this.clock.now();
  readonly dead: Stored[] = [];
  readonly sends: Send[] = [];
  readonly items: WorkItem[] = [];
  expired = 0;
  /** Items without hops left. */
  readonly away: WorkItem[] = [];
  /** Most returns of one item, for any reason. */
  mostReturns = 0;
  private readonly pace = new PaceItem();
  private readonly ready = { items: [] as Stored[], messages: [] as Stored[] };
  private readonly free: Record<'items' | 'messages', number>;
  /** Recipients in items that were moved away: as counted by the workers, and the actual number. */
  private deadLettered = 0;
  private strandedCount = 0;
  private draws = 0;
  private named = 0;
  private redriven = 0;
  private published = 0;
  private plans = 0;

  constructor(private readonly world: World, private readonly engine: Engine = shipped) {
    this.free = { items: world.workers ?? DEFAULT.workers, messages: TUNING.publicQueueConcurrency };
  }

  async send(entries: readonly QueueEntry[]): Promise<void> {
    await this.clock.sleep(10);
    for (const { body, delaySeconds = 0 } of entries) {
      const item = readWorkItem(body);
      this.items.push(item);
      this.mostReturns = Math.max(this.mostReturns, item.hop + (item.waits ?? 0));
      const copies = this.random() < this.world.duplicates ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) this.store({ isWorkItem: true, body }, delaySeconds * 1_000);
    }
  }

  /** Handles entries that a worker puts into the dead-letter queue itself. */
  private async putAway(entries: readonly QueueEntry[]): Promise<void> {
    await this.clock.sleep(10);
    for (const { body } of entries) {
      const item = readWorkItem(body);
      this.strandedCount += item.recipients.length;
      if (this.redriven < (this.world.redrives ?? 0)) {
        this.redriven++;
        this.clock.after(60_000, () => this.store({ isWorkItem: true, body }, 0));
      } else {
        this.away.push(item);
      }
    }
  }

  /** @param recipients number of connections at the time of the read. @default - those of the world */
  publish(text = 'hello', recipients?: number): void {
    this.published++;
    this.store({ isWorkItem: false, body: text, attributes: recipients === undefined ? {} : { recipients: String(recipients) } }, 0);
  }

  /** Returns the violations. */
  violations(): string[] {
    const { sends, dead, items, start, expired, world } = this;
    const accounted = new Set(sends.map(({ id }) => id));
    for (const { recipients } of this.strandedItems()) for (const { connectionId } of recipients) accounted.add(connectionId);
    const wholeIsDead = dead.some(({ isWorkItem }) => !isWorkItem);
    const missed = wholeIsDead ? 0 : world.recipients - accounted.size - expired;
    const uncounted = this.strandedCount - this.deadLettered;
    const bodies = new Set(sends.map(({ body }) => body)).size;
    const planned = new Map<string, number>();
    for (const { connectionId } of items.filter(({ hop, waits = 0 }) => hop + waits === 0).flatMap(({ recipients }) => recipients)) {
      planned.set(connectionId, (planned.get(connectionId) ?? 0) + 1);
    }
    const twice = [...planned.values()].filter((count) => count > this.plans).length;
    return [
      ...(missed > 0 ? [`${missed} were missed`] : []),
      ...(uncounted !== 0 ? [`${uncounted} in the dead-letter queue are not counted`] : []),
      ...(twice > 0 ? [`${twice} are in two items of one plan`] : []),
      ...(bodies > this.published ? [`${bodies} different bodies for ${this.published} messages`] : []),
      ...(sends.some(({ at }) => at >= start + this.maxAgeMillis) ? ['sent when it was too old'] : []),
      ...items.filter(({ attempt, hop }) => attempt >= TUNING.workItemAttempts || hop > TUNING.workItemHops || hop < attempt)
        .map(({ attempt, hop }) => `an item of attempt ${attempt} and hop ${hop}`),
      ...this.overruns(),
    ];
  }

  /** Checks that any window w has at most rate × (w + 0.25 s) sends, plus its first one, plus 20 for each small broadcast. */
  private overruns(): string[] {
    const { rate = 5_000 } = this.world;
    const small = this.sends.length > 0 && this.items.length === 0 ? this.published : 0;
    const over = rateOverrun(this.sends.map(({ at }) => at), rate) - 1 - rate * GRACE_SECONDS - FREE_SENDS * small;
    return over > 0 ? [`${Math.ceil(over)} sends more than the rate allows`] : [];
  }

  private store(given: Pick<QueueRecord, 'isWorkItem' | 'body'> & Partial<QueueRecord>, delay: number): void {
    const stored: Stored = { attributes: {}, ...given, messageId: `q${this.named++}`, sentAt: this.clock.now(), receipts: 0 };
    this.clock.after(delay + this.random() * (this.world.delay ?? 5_000), () => this.show(stored));
  }

  private show(record: Stored): void {
    const queue = record.isWorkItem ? 'items' : 'messages';
    this.ready[queue].push(record);
    this.poll(queue);
  }

  private poll(queue: 'items' | 'messages'): void {
    while (this.free[queue] > 0) {
      const record = this.ready[queue].shift();
      if (!record) return;
      this.free[queue]--;
      void this.receive(record).then(() => {
        this.free[queue]++;
        this.poll(queue);
      });
    }
  }

  /** Settles when there is room for another record. */
  private async receive(record: Stored): Promise<void> {
    if (record.receipts === TUNING.queueReceives) {
      // A message that is moved back is a new one for SQS, unless it has its own sending time.
      if (record.isWorkItem && this.redriven < (this.world.redrives ?? 0)) {
        this.redriven++;
        this.clock.after(60_000, () => this.store({ isWorkItem: true, body: record.body }, 0));
      } else {
        this.dead.push(record);
      }
      return;
    }
    record.receipts++;
    const crash = this.drawCrash();
    const cancel = this.clock.after(TUNING.queueVisibilitySeconds * 1_000, () => this.show(record));
    const { overlaps = 0 } = this.world;
    if (overlaps > 0 && this.random() < overlaps) this.clock.after(2_000, () => this.show(record));
    const failures = await this.invoke(record, crash === 'early');
    if (crash !== 'before the acknowledgement' && failures.length === 0) cancel();
  }

  /** Runs a worker. One that crashes stops at its last send: its answers never come back, nor does anything else. */
  private async invoke(record: QueueRecord, crashes: boolean): Promise<readonly string[]> {
    const { clock, world, engine } = this;
    if (!record.isWorkItem) this.plans++;
    let posts = 0;
    let isOver = false;
    let crashed: () => void;
    // The environment is replaced, and the record comes back when it is visible again.
    const crash = new Promise<readonly string[]>((resolve) => {
      crashed = () => resolve([record.messageId]);
    });
    const isDead = () => isOver || (crashes && posts > LAST_SEND);
    const sender = new FakeSender(clock, (id) => {
      posts++;
      if (isDead()) {
        crashed();
        return 'hang';
      }
      this.sends.push({ id, at: clock.now(), body: sender.bodies.at(-1)! });
      return status(Number(id.slice(1)) % 100 < world.slow ? 429 : 200);
    });
    const queue: WorkQueue = { send: (entries) => (isDead() ? new Promise(() => undefined) : this.send(entries)) };
    const dynamo = {
      send: async (command: UpdateItemCommand) => {
        await clock.sleep(5 + 10 * this.random());
        return this.pace.update(command);
      },
    } as unknown as DynamoDBClient;
    const connected = Number(record.attributes.recipients ?? world.recipients);
    const handled = engine.handleRecords([{ ...record, attributes: {} }], clock.now() + (world.limitSeconds ?? 30) * 1_000 - 500, {
      recipientsOf: () => new FakeSource(clock, [rows(connected, this.start)]),
      rows: new FakeRows(clock),
      sender,
      queue,
      budget: new engine.SharedBudget(dynamo, 'table', world.rate ?? 5_000, clock),
      clock,
      random: () => this.random(),
      maxInFlight: 128,
      format: 'ENVELOPE',
      maxBytes: QUOTA.messageBytes,
      maxAgeMillis: this.maxAgeMillis,
      workers: world.workers ?? DEFAULT.workers,
      deadLetters: { send: (entries) => (isDead() ? new Promise(() => undefined) : this.putAway(entries)) },
      report: {
        broadcast: (_id, { tally, deadLettered = 0 }) => {
          this.expired += tally.expired;
          this.deadLettered += deadLettered;
        },
        failed: () => undefined,
      },
    });
    const outcome = await Promise.race([handled, crash]);
    // Anything under way is frozen with the environment, or dead.
    isOver = true;
    return outcome;
  }

  private drawCrash(): Crash {
    const drawn = this.random();
    if (drawn >= this.world.crashes) return 'no';
    return drawn < this.world.crashes / 2 ? 'early' : 'before the acknowledgement';
  }

  get maxAgeMillis(): number {
    return (this.world.maxAgeSeconds ?? DEFAULT.maxAgeSeconds) * 1_000;
  }

  /** Work items that ended in the dead-letter queue. */
  strandedItems(): WorkItem[] {
    return [...this.away, ...this.dead.filter(({ isWorkItem }) => isWorkItem).map(({ body }) => readWorkItem(body))];
  }

  private random(): number {
    const { seed } = this.world;
    return seed[this.draws++ % seed.length];
  }
}
