import type { Connection, RecipientSource } from './connection';

/** Recipients whose first page may be read early. The sender is looked up on that page, which saves a request. */
export class OpenedSource implements RecipientSource {
  private readonly stopped = new AbortController();
  private readonly reading: AsyncIterator<readonly Connection[]>;
  private readonly held: (readonly Connection[])[] = [];
  private isAtEnd = false;

  /** @param firstRows most rows of the first page */
  constructor(source: RecipientSource, private readonly firstRows: number, private readonly abortSignal: AbortSignal) {
    this.reading = source.pages(this.stopped.signal)[Symbol.asyncIterator]();
    this.stopWith(abortSignal);
  }

  /** Returns the row of a connection; `unknown` when it is not on the first page and there may be more. */
  async find(connectionId: string): Promise<Connection | 'unknown' | undefined> {
    const first = await this.next() ?? [];
    this.held.push(first);
    const row = first.find((each) => each.connectionId === connectionId);
    return row ?? (first.length < this.firstRows ? undefined : 'unknown');
  }

  async* pages(abortSignal: AbortSignal): AsyncGenerator<readonly Connection[]> {
    this.stopWith(abortSignal);
    try {
      yield* this.held.splice(0);
      for (let page = await this.next(); page; page = await this.next()) yield page;
    } finally {
      await this.reading.return?.();
    }
  }

  /** Returns the next page; undefined at the end. A source may end early when the signal aborts. */
  private async next(): Promise<readonly Connection[] | undefined> {
    if (this.isAtEnd) return undefined;
    const { done, value } = await this.reading.next();
    if (!done) return value;
    if (this.abortSignal.aborted) throw new Error('the recipients were not read in time');
    this.isAtEnd = true;
    return undefined;
  }

  private stopWith(abortSignal: AbortSignal): void {
    if (abortSignal.aborted) this.stopped.abort();
    else abortSignal.addEventListener('abort', () => this.stopped.abort(), { once: true });
  }
}
