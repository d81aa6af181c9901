/** A small generator of random numbers (mulberry32): the same seed gives the same numbers, on any machine. */
export class Random {
  constructor(private state: number) {}

  /** Returns a number in [0, 1). */
  readonly next = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Returns a whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Returns small numbers more often than large ones. */
  size(low: number, high: number): number {
    return Math.round(low * (high / low) ** this.next());
  }

  pick<T>(from: readonly T[]): T {
    return from[this.integer(0, from.length - 1)];
  }
}
