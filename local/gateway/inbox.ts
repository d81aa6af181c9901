/** Source of a client's messages: the WebSocket library's socket. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Messages of one client that are handled at once; further ones wait. AWS names no such limit. */
const AT_ONCE = 100;

/**
 * The messages of one client. It is not read from while its messages are handled more slowly than it sends, or while it does not read the
 * answers. So the memory that a client can take is bounded.
 */
export class Inbox {
  /** At most the messages of one read from the socket. */
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

  /** Continues as far as possible; called when the client may have read something. */
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
