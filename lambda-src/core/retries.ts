import type { Connection } from './connection';

/** A recipient to which the message is sent again. */
export interface Retry {
  readonly connection: Connection;
  readonly triesMade: number;
  /** Number of consecutive tries in which nothing was written to it. @default 0 */
  readonly stalls?: number;
  /** Earliest time of the next try, in epoch milliseconds. */
  readonly due: number;
}

/** Retries may add a tenth to the sends, so that trouble never causes a storm; a few are free. */
const SHARE = 0.1;
const FREE = 10;

/**
 * Recipients waiting for their next try, the first due first (a binary heap).
 *
 * Invariant: the retries ever accepted are at most a tenth of the first sends, plus ten. Recipients to whom nothing was written are
 * put back instead: trying them again adds nothing to the load of the endpoint.
 */
export class Retries {
  private readonly heap: Retry[] = [];
  private accepted = 0;

  /** Adds a recipient; false when there have been too many retries already. */
  add(retry: Retry, firstSends: number): boolean {
    if (this.accepted + 1 > firstSends * SHARE + FREE) return false;
    this.accepted++;
    this.putBack(retry);
    return true;
  }

  putBack(retry: Retry): void {
    this.heap.push(retry);
    this.rise(this.heap.length - 1);
  }

  get size(): number {
    return this.heap.length;
  }

  /** Counts the recipients that are due. Nodes below a node of the heap are never due before it, so they are skipped. */
  due(now: number, at = 0): number {
    if (at >= this.heap.length || this.heap[at].due > now) return 0;
    return 1 + this.due(now, 2 * at + 1) + this.due(now, 2 * at + 2);
  }

  /** Time at which the next one is due, if any is waiting. */
  get nextDue(): number | undefined {
    return this.heap[0]?.due;
  }

  /** Removes and returns the next one that is due. */
  take(now: number): Retry | undefined {
    const first = this.heap[0];
    if (!first || first.due > now) return undefined;
    const last = this.heap.pop()!;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      this.sink(0);
    }
    return first;
  }

  private rise(start: number): void {
    for (let at = start; at > 0;) {
      const parent = (at - 1) >> 1;
      if (this.heap[parent].due <= this.heap[at].due) return;
      this.swap(parent, at);
      at = parent;
    }
  }

  private sink(start: number): void {
    for (let at = start; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.heap.length && this.heap[child].due < this.heap[least].due) least = child;
      }
      if (least === at) return;
      this.swap(least, at);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b], this.heap[a]];
  }
}
