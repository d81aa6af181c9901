import type { Timing } from './api';
import { shortened, whenIdle, type Clock } from './clock';
import { parseFrame, type Frame } from './frames';
import { OPEN } from './limits';

const PING = '{"action":"ping"}';

/** As much of the browser's WebSocket as is needed. */
export interface Socket {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
}

export interface LineEvents {
  /** The server has answered the first ping, and named its layers. */
  ready(line: Line): void;
  frame(frame: Frame): void;
  /** The line is so old that another one has to take its place. */
  start(): void;
  /** The line has ended. @param isSilent whether it broke by not answering; undefined when it was left long enough ago */
  lost(line: Line, isSilent?: boolean): void;
}

/**
 * One connection, from its beginning to its end.
 *
 * Invariant: before the server has answered a ping, nothing but pings is sent. An API without a layer would broadcast what is meant for it.
 */
export class Line {
  /** Abilities of the server; undefined until it has named them. */
  offered: readonly string[] | undefined;
  /** When something last came or went. */
  #used: number;
  #isOver: boolean | undefined;
  /** Messages that came before the server has named its layers, by which it is known whether they have an order. */
  readonly #early: Frame[] = [];
  readonly #cancels = new Map<string, () => void>();

  constructor(private readonly socket: Socket, private readonly clock: Clock, private readonly times: Timing, private readonly on: LineEvents) {
    this.#used = clock.now();
    this.#after('pong', times.connectTimeout, () => this.#lose(false));
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', ({ data }) => this.#received(data));
    for (const type of ['close', 'error']) socket.addEventListener(type, () => this.#lose(false));
  }

  /** Returns false when nothing was sent. */
  send(text: string): boolean {
    if (!this.offered || !this.#isOpen) return false;
    this.#put(text);
    return true;
  }

  /** Makes sure that the connection is there. */
  probe(): void {
    if (!this.#isOpen || this.#cancels.has('pong')) return;
    this.#put(PING);
    this.#after('pong', this.times.pongTimeout, () => this.#lose(true));
  }

  /** Another line has taken its place. It is listened to for a while, in which it may turn out to be dead. */
  leave(): void {
    this.probe();
    this.#after('age', this.times.overlap, () => this.#lose());
  }

  /** Ends it, and says nothing more. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const name of this.#cancels.keys()) this.#cancel(name);
    this.socket.close();
  }

  get #isOpen(): boolean {
    return this.socket.readyState === OPEN;
  }

  #put(text: string): void {
    this.#used = this.clock.now();
    this.socket.send(text);
  }

  #opened(): void {
    this.#cancel('pong');
    this.probe();
  }

  #received(data: unknown): void {
    if (this.#isOver) return;
    this.#used = this.clock.now();
    const frame = parseFrame(data);
    // An API without a heartbeat broadcasts the ping, and its own copy says that the API has no layers.
    const isPong = frame?.action === 'pong' || frame?.message === PING;
    if (isPong && !this.offered) this.#ready(frame);
    if (this.offered) this.#cancel('pong'); // whatever came, the connection is alive
    if (!frame || isPong) return;
    if (this.offered || frame.type === 'error') this.on.frame(frame);
    else this.#early.push(frame);
  }

  #ready({ v, layers }: Frame): void {
    // A later version may mean something else by the same names.
    this.offered = v === 1 ? [layers].flat() as string[] : [];
    // Browsers cannot send WebSocket pings, so the heartbeat is a message. It is sent only when nothing else came or went.
    this.#cancels.set('heartbeat', whenIdle(this.clock, this.times, () => this.#used, () => this.probe()));
    this.#after('age', shortened(this.clock, this.times.rotation, this.times.rotationJitter), () => this.on.start());
    this.on.ready(this);
    for (const frame of this.#early) this.on.frame(frame);
  }

  #lose(isSilent?: boolean): void {
    if (this.#isOver) return;
    this.end();
    this.on.lost(this, isSilent);
  }

  #after(name: string, millis: number, run: () => void): void {
    this.#cancel(name);
    this.#cancels.set(name, this.clock.after(millis, () => {
      this.#cancels.delete(name);
      run();
    }));
  }

  #cancel(name: string): void {
    this.#cancels.get(name)?.();
    this.#cancels.delete(name);
  }
}
