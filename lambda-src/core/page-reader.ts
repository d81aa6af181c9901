import type { Connection, RecipientSource } from './connection';

/**
 * Hands out the rows of a table one at a time while it reads the next page.
 *
 * Invariants: at most two pages are held, the one that is being handed out and the one after it, so that memory does
 * not grow with the table; and while the end is not known, a page is at hand or being read.
 */
export class PageReader {
  private readonly stopped = new AbortController();
  private readonly pages: AsyncIterator<readonly Connection[]>;
  private current: readonly Connection[] = [];
  private at = 0;
  private following?: readonly Connection[];
  private reading?: Promise<void>;
  private finished = false;
  private sawLast = false;
  private handedOut = 0;

  /** Why the table could not be read to its end, if not because of `stop`. */
  public failure?: unknown;

  /**
   * @param keep which rows are handed out
   * @param onPage called when rows have become available, or the end is known
   */
  constructor(source: RecipientSource, private readonly keep: (row: Connection) => boolean, private readonly onPage: () => void) {
    this.pages = source.pages(this.stopped.signal)[Symbol.asyncIterator]();
  }

  /** Settles when the first rows are at hand, or there are none. */
  async start(): Promise<void> {
    this.readAhead();
    await this.reading;
  }

  /** The next row, if one is at hand. */
  take(): Connection | undefined {
    if (this.at >= this.current.length) {
      if (!this.following) return undefined;
      this.current = this.following;
      this.at = 0;
      this.following = undefined;
      this.readAhead();
    }
    this.handedOut++;
    return this.current[this.at++];
  }

  /** How many rows were handed out. */
  get taken(): number {
    return this.handedOut;
  }

  /** How many rows are at hand. */
  get atHand(): number {
    return this.current.length - this.at + (this.following?.length ?? 0);
  }

  /** Whether no more rows will come; some may still be at hand. */
  get ended(): boolean {
    return this.finished;
  }

  /** Whether the table was read to its end. */
  get complete(): boolean {
    return this.sawLast;
  }

  /** Gives up reading; settles when nothing is in flight. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.reading;
    await this.pages.return?.();
  }

  private readAhead(): void {
    if (this.finished) return;
    this.reading = this.readRows().then(() => {
      this.reading = undefined;
      this.onPage();
    });
  }

  /** Reads on until a page has rows to hand out. */
  private async readRows(): Promise<void> {
    const abortSignal = this.stopped.signal;
    try {
      while (!this.following && !this.finished) {
        const { done, value } = await this.pages.next();
        if (done) {
          this.finished = true;
          this.sawLast = !abortSignal.aborted;
        } else {
          this.hold(value.filter(this.keep));
        }
      }
    } catch (error) {
      this.finished = true;
      if (!abortSignal.aborted) this.failure = error;
    }
  }

  /** An empty page would never be asked for, nor the one after it. */
  private hold(rows: readonly Connection[]): void {
    if (rows.length > 0) this.following = rows;
  }
}
