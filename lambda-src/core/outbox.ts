import { QueueRefusedError } from './errors';
import type { QueueEntry, WorkQueue } from './queue';
import { writeWorkItem, type WorkItem } from './work-item';
import { QUOTA } from '../../src/private/contract';

/** Bytes of an entry besides its body: its group, its attributes, and a margin. */
const OVERHEAD_BYTES = 1_024;
/** Most requests to the queue at once while recipients are still being read. */
const SENDS_AT_ONCE = 8;

/** Puts items on the queue, a few requests at a time. */
export class Outbox {
  private readonly batcher = new Batcher();
  private readonly underWay = new Set<Promise<void>>();
  private failure?: unknown;
  public used = false;

  constructor(private readonly queue: WorkQueue, private readonly abortSignal: AbortSignal) {}

  /** Settles when there is room for another item; rejects when this or an earlier item was refused. */
  async put(item: WorkItem): Promise<void> {
    this.used = true;
    this.send(this.batcher.add({ body: writeWorkItem(item), group: item.id }));
    while (this.underWay.size >= SENDS_AT_ONCE) await Promise.race(this.underWay);
    this.check();
  }

  /** Puts the last items, and settles when the queue has taken all items; rejects when it refused one. */
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
 * Invariant: a batch has one to ten entries, and at most a mebibyte in all unless it has only one.
 */
class Batcher {
  private entries: QueueEntry[] = [];
  private bytes = 0;

  /** Adds an entry; returns the batch that it no longer fits into, or that it fills. */
  add(entry: QueueEntry): QueueEntry[] | undefined {
    const size = Buffer.byteLength(entry.body) + OVERHEAD_BYTES;
    const full = this.entries.length > 0 && this.bytes + size > QUOTA.queueBatchBytes ? this.take() : undefined;
    this.entries.push(entry);
    this.bytes += size;
    return full ?? (this.entries.length === QUOTA.queueBatchEntries ? this.take() : undefined);
  }

  /** Returns the entries collected since the last batch. */
  take(): QueueEntry[] | undefined {
    const batch = this.entries;
    this.entries = [];
    this.bytes = 0;
    return batch.length > 0 ? batch : undefined;
  }
}
