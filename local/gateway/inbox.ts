/** What is read from a client: the WebSocket library's socket. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Messages of one client that are handled at once. AWS names no such limit; further ones wait here. */
const AT_ONCE = 100;

/**
 * The messages of one client. A client that sends faster than its messages are handled, or does not read the answers, is not read
 * from either: so what it can make the runner hold is bounded, however much it sends.
 */
export class Inbox {
  /** At most what came in one read from the socket. */
  private readonly waiting: (() => Promise<void>)[] = [];
  private running = 0;
  private isPaused = false;

  /** @param isClogged whether the client leaves too much unread */
  constructor(private readonly source: Source, private readonly isClogged: () => boolean) {}

  /** @param handle must not fail */
  add(handle: () => Promise<void>): void {
    this.waiting.push(handle);
    this.run();
  }

  /** Goes on as far as it can: called when the client may have read something. */
  run(): void {
    while (this.waiting.length > 0 && this.running < AT_ONCE && !this.isClogged()) {
      this.running++;
      void this.waiting.shift()!().then(() => {
        this.running--;
        this.run();
      });
    }
    const isFull = this.running >= AT_ONCE || this.isClogged();
    if (isFull && !this.isPaused) this.source.pause();
    if (!isFull && this.isPaused) this.source.resume();
    this.isPaused = isFull;
  }
}
