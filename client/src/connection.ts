import type { ConnectOptions, Source, State, Timing } from './api';
import { backoff, type Clock } from './clock';
import type { Frame } from './frames';
import { Line, type Socket } from './line';

/** A client that was never let in tries so often. */
const FIRST_ATTEMPTS = 5;

export interface ConnectionEvents {
  state(state: State, retryAt?: number): void;
  /** A line is there, and takes the place of the one before, which is listened to for a while. */
  ready(line: Line): void;
  frame(frame: Frame, line: Line): void;
  /** The line has ended; there may be another one. */
  lost(line: Line): void;
  /** No address or token could be had, or the address is none. */
  failed(error: Error): void;
}

type Address = Pick<ConnectOptions, 'url' | 'token' | 'protocols' | 'WebSocket'>;

/** Keeps a line: makes another one when it breaks, and before it is too old. */
export class Connection {
  /** The line that messages are sent on. */
  current: Line | undefined;
  #next: Line | undefined;
  readonly #leaving = new Map<Line, () => void>();
  #attempts = 0;
  /** From asking for the address until the line is ready, or is none. */
  #isTrying = false;
  #wasOpen = false;
  /** Changes with each attempt, so that an address that comes late is of no use. */
  #attempt = 0;
  #endPause: (() => void) | undefined;
  #retryAt: number | undefined;

  constructor(
    private readonly address: Address, private readonly clock: Clock, private readonly times: Timing, private readonly on: ConnectionEvents,
  ) {}

  /** Makes an attempt at once. */
  start(): void {
    this.#endPause?.();
    this.#retryAt = undefined;
    if (!this.current) this.on.state('connecting');
    const attempt = ++this.#attempt;
    const isCurrent = () => attempt === this.#attempt;
    this.#isTrying = true;
    void this.#open().then((socket) => isCurrent() ? this.#listen(socket) : socket.close(), (error: Error) => {
      if (!isCurrent()) return;
      this.on.failed(error);
      this.#again(false);
    });
  }

  /** Tries at once, or makes sure. */
  hurry(): void {
    if (this.current) this.current.probe();
    else if (!this.#isTrying) this.start();
  }

  /** Ends all of it, until it is started again. */
  end(): void {
    this.#isTrying = false;
    this.#attempts = 0;
    this.#attempt++;
    this.#endPause?.();
    this.#retryAt = undefined;
    for (const [line, cancel] of this.#leaving) {
      cancel();
      line.end();
    }
    this.#leaving.clear();
    this.current?.end();
    this.#next?.end();
    this.current = this.#next = undefined;
  }

  async #open(): Promise<Socket> {
    const { url, token, protocols, WebSocket: given } = this.address;
    const [address, secret, offered] = await Promise.all([valueOf(url), valueOf(token), valueOf(protocols)]);
    const Class = (given ?? globalThis.WebSocket) as new (url: string, protocols?: readonly string[]) => Socket;
    return new Class(address!, offered ?? (secret ? ['broadcast', secret] : undefined));
  }

  #listen(socket: Socket): void {
    const line: Line = new Line(socket, this.clock, this.times, {
      ready: () => this.#ready(line),
      frame: (frame) => this.on.frame(frame, line),
      age: () => {
        if (line === this.current) this.start();
      },
      lost: (isSilent) => this.#lost(line, isSilent),
    });
    this.#next = line;
  }

  #ready(line: Line): void {
    const old = this.current;
    this.#next = undefined;
    this.#isTrying = false;
    this.current = line;
    this.#attempts = 0;
    this.#wasOpen = true;
    if (old) this.#leaving.set(old, this.clock.after(this.times.overlap, () => this.#leave(old)));
    this.on.ready(line);
  }

  #leave(line: Line): void {
    this.#leaving.get(line)?.();
    this.#leaving.delete(line);
    line.end();
    this.on.lost(line);
  }

  #lost(line: Line, isSilent: boolean): void {
    if (this.#leaving.has(line)) return this.#leave(line);
    if (line === this.#next) {
      this.#next = undefined;
      return this.#again(false);
    }
    this.current = undefined;
    this.on.lost(line);
    if (this.#isTrying) this.on.state('connecting');
    else if (this.#retryAt !== undefined) this.on.state('reconnecting', this.#retryAt);
    else this.#again(isSilent);
  }

  /** @param isSilent whether the connection broke by not answering: then there was time enough to wait */
  #again(isSilent: boolean): void {
    this.#isTrying = false;
    if (!this.#wasOpen && ++this.#attempts >= FIRST_ATTEMPTS) {
      this.end();
      return this.on.state('refused');
    }
    if (isSilent) {
      this.on.state('reconnecting', Date.now());
      return this.start();
    }
    if (this.#wasOpen) this.#attempts++;
    const delay = backoff(this.clock, this.#attempts, this.times);
    this.#retryAt = Date.now() + delay;
    this.#endPause = this.clock.after(delay, () => this.start());
    if (!this.current) this.on.state('reconnecting', this.#retryAt);
  }
}

/** What a function gives, or a value itself. */
async function valueOf<T>(source: Source<T> | undefined): Promise<T | undefined> {
  return typeof source === 'function' ? (source as () => T | Promise<T>)() : source;
}
