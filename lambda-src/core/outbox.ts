import { QueueRefusedError } from './errors';
import type { QueueEntry, WorkQueue } from './queue';
import { writeWorkItem, type WorkItem } from './work-item';
import { QUOTA } from '../../src/private/contract';

/** What an entry takes besides its body: its group, its attributes, and a little to be on the safe side. */
const OVERHEAD_BYTES = 1_024;
/** Requests to the queue that are under way at once while recipients are read on. */
const SENDS_AT_ONCE = 8;

/** Puts items on the queue, a few requests at a time. */
export class Outbox {
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

  /** Puts the last items, and settles when all items were taken; rejects when one was not. */
  async putAll(items: readonly WorkItem[]): Promise<void> {
    for (const item of items) await this.put(item);
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

/**
 * Collects entries into batches that a queue takes in one request.
 *
 * Invariant: a batch has one to ten entries, and at most a mebibyte in all unless it has one only.
 */
class Batcher {
  private entries: QueueEntry[] = [];
  private bytes = 0;

  /** Takes an entry in; returns the batch that it no longer fits into, or that it fills. */
  add(entry: QueueEntry): QueueEntry[] | undefined {
    const size = Buffer.byteLength(entry.body) + OVERHEAD_BYTES;
    const full = this.entries.length > 0 && this.bytes + size > QUOTA.queueBatchBytes ? this.take() : undefined;
    this.entries.push(entry);
    this.bytes += size;
    return full ?? (this.entries.length === QUOTA.queueBatchEntries ? this.take() : undefined);
  }

  /** What has been collected since the last batch. */
  take(): QueueEntry[] | undefined {
    const batch = this.entries;
    this.entries = [];
    this.bytes = 0;
    return batch.length > 0 ? batch : undefined;
  }
}
