import type { ConnectOptions, Source, State, Timing } from './api';
import { backoff, type Clock } from './clock';
import type { Frame } from './frames';
import { FIRST_ATTEMPTS } from './limits';
import { Line, type LineEvents, type Socket } from './line';

/** Events of the lines, but that one is lost when there may be another. */
export interface ConnectionEvents extends Pick<LineEvents, 'ready' | 'frame' | 'lost'> {
  become(state: State, retryAt?: number): void;
  /** No address or token could be had, or the address is none. */
  failed(error: unknown): void;
}

type Address = Pick<ConnectOptions, 'url' | 'token' | 'protocols' | 'WebSocket'>;
type SocketClass = new (url: string, protocols?: readonly string[]) => Socket;

/** Keeps a line: makes another one when it breaks, and before it is too old. */
export class Connection implements LineEvents {
  /** The line that messages are sent on. */
  current: Line | undefined;
  /** The current one, the next one, and those that are left. */
  readonly #lines = new Set<Line>();
  #attempts = 0;
  /** From asking for the address until the line is ready, or is none. */
  #isTrying: boolean | undefined;
  #wasOpen: boolean | undefined;
  /** Changes with each attempt, so that an address that comes late is of no use. */
  #attempt = 0;
  #endPause: (() => void) | undefined;
  #retryAt: number | undefined;

  constructor(
    private readonly address: Address, private readonly clock: Clock, private readonly times: Timing, private readonly on: ConnectionEvents,
  ) {
    // A mistake in the program is there at once, and not an attempt that fails.
    if (typeof address.url !== 'function') checked(address.url);
    classOf(address);
  }

  /** Makes an attempt at once. */
  start(): void {
    this.#endPause?.();
    this.#retryAt = undefined;
    this.#isTrying = true;
    const attempt = ++this.#attempt;
    const isCurrent = () => attempt === this.#attempt; // a listener may close the client
    if (!this.current) this.on.become('connecting');
    if (!isCurrent()) return;
    const fail = (error: unknown): void => {
      if (isCurrent()) this.on.failed(error);
      if (isCurrent()) this.#again(false);
    };
    this.#endPause = this.clock.after(this.times.answerTimeout, () => fail('no address or token in time'));
    void this.#open(isCurrent).catch(fail);
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
    for (const line of this.#lines) line.end();
    this.#lines.clear();
    this.current = undefined;
  }

  async #open(isCurrent: () => boolean): Promise<void> {
    const { url, token, protocols } = this.address;
    const [address, secret, offered] = await Promise.all([valueOf(url), valueOf(token), valueOf(protocols)] as const);
    if (!isCurrent()) return;
    const socket = new (classOf(this.address))(checked(address!), offered ?? (secret ? ['broadcast', secret] : undefined));
    this.#endPause!();
    this.#lines.add(new Line(socket, this.clock, this.times, this));
  }

  ready(line: Line): void {
    const old = this.current;
    this.#isTrying = false;
    this.current = line;
    this.#attempts = 0;
    this.#wasOpen = true;
    old?.leave();
    this.on.ready(line);
  }

  frame(frame: Frame): void {
    this.on.frame(frame);
  }

  lost(line: Line, isSilent?: boolean): void {
    this.#lines.delete(line);
    if (!line.offered) return this.#again(false); // it was the next one
    if (line !== this.current) return this.on.lost(line, isSilent);
    this.current = undefined;
    this.on.lost(line, isSilent);
    if (this.#isTrying) this.on.become('connecting');
    else if (this.#retryAt) this.on.become('reconnecting', this.#retryAt);
    else this.#again(isSilent!);
  }

  /** @param isSilent whether the connection broke by not answering: then there was time enough to wait */
  #again(isSilent: boolean): void {
    this.#endPause?.();
    this.#isTrying = false;
    this.#attempt++;
    if (!isSilent) this.#attempts++;
    if (!this.#wasOpen && this.#attempts >= FIRST_ATTEMPTS) {
      this.end();
      return this.on.become('refused');
    }
    const delay = isSilent ? 0 : backoff(this.clock, this.#attempts, this.times);
    this.#retryAt = Date.now() + delay;
    this.#endPause = this.clock.after(delay, () => this.start());
    if (!this.current) this.on.become('reconnecting', this.#retryAt);
  }
}

/** The query is left out of what it says: a token may be there. */
function checked(url: string): string {
  if (/^wss?:\/\/./.test(url)) return url;
  throw new TypeError(`'url' must begin with wss:// or ws://, got ${`${url}`.split('?')[0]}`);
}

function classOf({ WebSocket: given }: Address): SocketClass {
  const found = given ?? globalThis.WebSocket;
  if (found) return found as SocketClass;
  throw new TypeError('\'WebSocket\' must be given before Node.js 22; use ws');
}

/** The value of a function, or a value itself. */
async function valueOf<T>(source: Source<T> | undefined): Promise<T | undefined> {
  return typeof source === 'function' ? (source as () => T | Promise<T>)() : source;
}
