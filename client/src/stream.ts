/** Values that are pushed, for a `for await` loop. What is not read yet waits in memory. */
export class Stream<T> implements AsyncIterableIterator<T> {
  readonly #values: T[] = [];
  readonly #readers: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #isOver = false;

  /** @param onEnd is called once, when nothing more is read or comes */
  constructor(private readonly onEnd: () => void) {}

  push(value: T): void {
    if (this.#isOver) return;
    const reader = this.#readers.shift();
    if (reader) reader({ value, done: false });
    else this.#values.push(value);
  }

  /** What has come can still be read. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onEnd();
    for (const reader of this.#readers) reader({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#values.length > 0) return Promise.resolve({ value: this.#values.shift()!, done: false });
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#values.length = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
