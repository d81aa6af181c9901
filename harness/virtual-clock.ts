import type { Clock } from '../lambda-src/core/clock';

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
  canceled: boolean;
}

/**
 * A clock that is moved by what is due on it: what happens, and in which order, depends on nothing else.
 *
 * Invariant: between two happenings everything that was set off by the first has run, promises included.
 */
export class VirtualClock implements Clock {
  private readonly heap: Happening[] = [];
  private scheduled = 0;
  private live = 0;

  constructor(private time = 1_800_000_000_000) {}

  now(): number {
    return this.time;
  }

  after(millis: number, callback: () => void): () => void {
    const happening: Happening = { at: this.time + Math.max(0, millis), order: this.scheduled++, happen: callback, canceled: false };
    this.push(happening);
    this.live++;
    return () => {
      if (!happening.canceled) this.live--;
      happening.canceled = true;
    };
  }

  /** A promise that resolves `millis` from now. */
  sleep(millis: number): Promise<void> {
    return new Promise((resolve) => void this.after(millis, resolve));
  }

  /** Number of pending events. */
  get pending(): number {
    return this.live;
  }

  /** Lets happen all that is due by `until`. */
  async run(until = Infinity): Promise<void> {
    await settle();
    for (let next = this.heap[0]; next && next.at <= until; next = this.heap[0]) {
      this.pop();
      if (next.canceled) continue;
      next.canceled = true;
      this.live--;
      this.time = Math.max(this.time, next.at);
      next.happen();
      await settle();
    }
    if (until !== Infinity) this.time = Math.max(this.time, until);
  }

  /** Lets things happen until the promise settles. */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    watched.catch(() => undefined);
    await settle();
    while (!settled) {
      const next = this.heap[0];
      if (!next) throw new Error('nothing is left to happen, and the promise has not settled');
      await this.run(next.at);
    }
    return watched;
  }

  private push(happening: Happening): void {
    const { heap } = this;
    let at = heap.push(happening) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(happening, heap[parent]); parent = (at - 1) >> 1) {
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = happening;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Runs what waits for promises: an immediate comes after all of it. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
