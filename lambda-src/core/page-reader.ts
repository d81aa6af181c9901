import type { Connection, RecipientSource } from './connection';

/**
 * Hands out the rows of a table one at a time while it reads the next page.
 *
 * Invariants: at most two pages are held, the current one and the next, so that memory does not grow with the table. While
 * the end is not known, a page is at hand or being read.
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

  /** Error that ended the read early, unless `stop` did. */
  public failure?: unknown;

  /**
   * @param keep selects the rows to hand out
   * @param onPage called when rows become available, or the end is known
   */
  constructor(source: RecipientSource, private readonly keep: (row: Connection) => boolean, private readonly onPage: () => void) {
    this.pages = source.pages(this.stopped.signal)[Symbol.asyncIterator]();
  }

  /** Settles when the first rows are at hand, or there are none. */
  async start(): Promise<void> {
    this.readAhead();
    await this.reading;
  }

  /** Returns the next row, if one is at hand. */
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

  /** Number of rows that were handed out. */
  get taken(): number {
    return this.handedOut;
  }

  /** Number of rows at hand. */
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

  /** Stops reading; settles when nothing is in flight. */
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

  /** Reads until a page has rows to hand out. */
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

  /** An empty page is skipped: nothing would take from it, so the next page would never be read. */
  private hold(rows: readonly Connection[]): void {
    if (rows.length > 0) this.following = rows;
  }
}
