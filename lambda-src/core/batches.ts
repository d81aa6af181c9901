import type { QueueEntry } from './queue';
import { LIMIT } from '../../src/private/contract';

/** What an entry takes besides its body: its group, its attributes, and a little to be on the safe side. */
const OVERHEAD_BYTES = 1_024;

/**
 * Collects entries into batches that a queue takes in one request.
 *
 * Invariant: a batch has one to ten entries, and at most a mebibyte in all unless it has one only.
 */
export class Batcher {
  private entries: QueueEntry[] = [];
  private bytes = 0;

  /** Takes an entry in; returns the batch that it no longer fits into, or that it fills. */
  add(entry: QueueEntry): QueueEntry[] | undefined {
    const size = Buffer.byteLength(entry.body) + OVERHEAD_BYTES;
    const full = this.entries.length > 0 && this.bytes + size > LIMIT.queueBatchBytes ? this.take() : undefined;
    this.entries.push(entry);
    this.bytes += size;
    return full ?? (this.entries.length === LIMIT.queueBatchEntries ? this.take() : undefined);
  }

  /** What has been collected since the last batch. */
  take(): QueueEntry[] | undefined {
    const batch = this.entries;
    this.entries = [];
    this.bytes = 0;
    return batch.length > 0 ? batch : undefined;
  }
}
