import { Batcher } from './batches';
import { within, type Clock } from './clock';
import { receives, type Connection, type RecipientSource } from './connection';
import { QueueRefusedError, TableUnreadableError } from './errors';
import type { Addressed } from './message';
import type { QueueEntry, WorkQueue } from './queue';
import { writeWorkItem, writtenBytesOf, type WorkItem } from './work-item';
import { LIMIT } from '../../src/private/contract';

/** Requests to the queue that are under way at once while the table is read on. */
const SENDS_AT_ONCE = 8;
/** What of a request the recipients of one item may take; the rest is for the longest message there is, in base64. */
const RECIPIENT_BYTES = LIMIT.queueBatchBytes - Math.ceil(LIMIT.apiGatewayMessageBytes / 3) * 4 - 8 * 1024;

/** A broadcast whose recipients are not known yet. */
export interface Broadcast extends Addressed {
  /** The bytes that each recipient gets. */
  readonly body: Uint8Array;
  /** Epoch milliseconds from which on nothing of it is sent. */
  readonly expiresAt: number;
}

export interface PlanOptions {
  readonly recipients: RecipientSource;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  /** Epoch milliseconds by which the plan has to be made. */
  readonly until: number;
}

/**
 * Reads the table once for all these broadcasts and cuts their recipients, as read, into work items.
 *
 * Up to 1,000 recipients in all are returned, to be delivered here and now. More are put on the queue while the table is
 * still being read, and nothing is returned. Rejects when the table cannot be read to its end or the queue does not take
 * an item; then some may be on the queue already.
 *
 * Invariants: each recipient of a broadcast is in exactly one of its items, once; an item has at most 1,000 and fits into one
 * request; what is held does not grow with the table.
 */
export async function plan<B extends Broadcast>(
  broadcasts: readonly B[], options: PlanOptions,
): Promise<{ of: B; item: WorkItem }[]> {
  return within(options.clock, options.until, (abortSignal) => planUntil(broadcasts, options, abortSignal));
}

async function planUntil<B extends Broadcast>(
  broadcasts: readonly B[], { recipients, queue, clock }: PlanOptions, abortSignal: AbortSignal,
): Promise<{ of: B; item: WorkItem }[]> {
  const start = clock.now();
  const cutters = broadcasts.map((broadcast) => new Cutter(broadcast));
  const outbox = new Outbox(queue, abortSignal);
  let total = 0;
  try {
    for await (const row of rowsOf(recipients, abortSignal)) {
      for (const cutter of cutters) {
        if (!receives(row, cutter.broadcast.excluded, start)) continue;
        total++;
        const item = cutter.add(row);
        if (item) await outbox.put(item);
      }
    }
    const rest = cutters.flatMap((cutter) => {
      const item = cutter.take();
      return item ? [{ of: cutter.broadcast, item }] : [];
    });
    if (total <= LIMIT.chunkRecipients && !outbox.used) return rest;
    for (const { item } of rest) await outbox.put(item);
    await outbox.flush();
    return [];
  } finally {
    await outbox.settled();
  }
}

async function* rowsOf(source: RecipientSource, signal: AbortSignal): AsyncGenerator<Connection> {
  const pages = source.pages(signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await pages.next().catch((error: unknown) => {
        throw new TableUnreadableError(error);
      });
      if (signal.aborted) throw new TableUnreadableError(new Error('no time left'));
      if (done) return;
      yield* value;
    }
  } finally {
    await pages.return?.();
  }
}

/** Cuts the recipients of one broadcast into items. */
class Cutter<B extends Broadcast> {
  private recipients: Connection[] = [];
  private bytes = 0;

  constructor(readonly broadcast: B) {}

  /** Takes a recipient in; returns the item that it no longer fits into. */
  add(recipient: Connection): WorkItem | undefined {
    const bytes = writtenBytesOf(recipient);
    const isFull = this.recipients.length === LIMIT.chunkRecipients || this.bytes + bytes > RECIPIENT_BYTES;
    const item = isFull ? this.take() : undefined;
    this.recipients.push(recipient);
    this.bytes += bytes;
    return item;
  }

  take(): WorkItem | undefined {
    const { recipients, broadcast: { id, body, expiresAt } } = this;
    this.recipients = [];
    this.bytes = 0;
    return recipients.length > 0 ? { id, body, expiresAt, recipients, attempt: 0, hop: 0 } : undefined;
  }
}

/** Puts items on the queue, a few requests at a time. */
class Outbox {
  private readonly batcher = new Batcher();
  private readonly underWay = new Set<Promise<void>>();
  private failure?: unknown;
  public used = false;

  constructor(private readonly queue: WorkQueue, private readonly abortSignal: AbortSignal) {}

  /** Settles when there is room for another; rejects when an item was not taken, be it this one or an earlier one. */
  async put(item: WorkItem): Promise<void> {
    this.used = true;
    this.send(this.batcher.add({ body: writeWorkItem(item), group: item.id }));
    while (this.underWay.size >= SENDS_AT_ONCE) await Promise.race(this.underWay);
    this.check();
  }

  async flush(): Promise<void> {
    this.send(this.batcher.take());
    await this.settled();
    this.check();
  }

  /** Settles when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private check(): void {
    if (this.failure) throw new QueueRefusedError(this.failure);
  }

  private send(batch: QueueEntry[] | undefined): void {
    if (!batch) return;
    const sent = this.queue.send(batch, this.abortSignal)
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => this.underWay.delete(sent));
    this.underWay.add(sent);
  }
}
