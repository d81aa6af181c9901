import {
  BroadcastError, type Ack, type BroadcastClient, type Channel, type ClientEvents, type ConnectOptions, type HistoryOptions, type HistoryPage,
  type Message, type Position, type SendOptions, type State, type Timing,
} from './api';
import type { Clock } from './clock';
import { Connection } from './connection';
import { Emitter } from './emitter';
import { isMessage, type Frame } from './frames';
import type { Host } from './host';
import type { Line } from './line';
import { messagesOf } from './messages';
import { noChannels, Outbox } from './outbox';
import { errorOf, Requests, type Action, type Answered } from './requests';
import { Room } from './room';
import { Seen } from './seen';
import { pageOf, Sequence, type Page, type PageRequest } from './sequence';
import { newSession } from './session';
import { TIMING } from './timing';

/** Channels of one request. */
const MOST_JOINED = 50;
const MOST_LOADED = 1_000;

/** The client, and what its channels share. */
export class Client extends Emitter<ClientEvents> implements BroadcastClient, Host {
  state: State = 'connecting';
  readonly timing: Timing;
  readonly seen = new Seen();
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #sequence: Sequence;
  readonly #connection: Connection;
  readonly #rooms = new Map<string, Room>();
  #isJoining = false;
  readonly #undo: (() => void)[] = [];
  /** Whether messages were missed that no history brings. */
  #wasInterrupted = false;
  #wasOpen = false;
  /** Whether the server does, by what it said last. */
  #keepsHistory = false;

  constructor(options: ConnectOptions, readonly clock: Clock) {
    super();
    const { last = 0, position, signal } = options;
    if (!Number.isInteger(last) || last < 0 || last > MOST_LOADED) throw new RangeError(`'last' must be a whole number from 0 to ${MOST_LOADED}, got ${last}`);
    const timing = this.timing = { ...TIMING, ...options.timing };
    this.#requests = new Requests(clock, timing);
    this.#outbox = new Outbox(clock, timing, this.#requests, newSession(), (channel) => {
      const room = this.#rooms.get(channel!);
      return !room?.isWanted || room.isJoined;
    });
    this.#sequence = new Sequence(clock, {
      ask: (request, answered) => this.ask(request, answered),
      deliver: (message) => this.#deliver(message),
      gap: () => this.emit('gap', {}),
      begun: () => this.#open(),
    }, this.seen, { timing, last, position });
    this.#connection = new Connection(options, clock, timing, {
      state: (state, retryAt) => this.#become(state, retryAt),
      ready: (line) => this.#ready(line),
      frame: (frame) => this.#receive(frame),
      lost: (line) => this.#lost(line),
      failed: ({ message }) => this.emit('error', new BroadcastError('unavailable', message)),
    });
    // Without a network, a server on this machine may still be there. A computer that slept may have lost its connection without notice.
    const hurry = (): void => this.#connection.hurry();
    for (const type of ['online', 'offline']) this.#listen(globalThis as Partial<EventTarget>, type, hurry);
    this.#listen(globalThis.document, 'visibilitychange', () => {
      if (document.visibilityState === 'visible') hurry();
    });
    if (signal?.aborted) this.#end('closed');
    this.#listen(signal, 'abort', () => this.close());
    // The first state is for who begins to listen right now.
    queueMicrotask(() => {
      if (this.state === 'connecting') this.#connection.start();
    });
  }

  get position(): Position | undefined {
    return this.#sequence.position;
  }

  get layers(): readonly string[] {
    return this.#connection.current?.layers ?? [];
  }

  send(message: string, options?: SendOptions & { readonly channel?: string }): Promise<Ack> {
    const { ended } = this;
    return ended ? Promise.reject(ended) : this.#outbox.send(message, options);
  }

  history({ before, limit, channel }: HistoryOptions & { readonly channel?: string } = {}): Promise<HistoryPage> {
    return new Promise((resolve, reject) => {
      if (this.#connection.current && !this.#keepsHistory) return reject(new BroadcastError('unavailable', 'no history'));
      this.request({ action: 'history', channel, before, limit }, (answer) => {
        if (answer instanceof BroadcastError) return reject(answer);
        const { messages, more } = pageOf(answer);
        // Without a position, the answer does not say whether there are older ones.
        resolve({ messages, more: before === undefined ? messages.length > 0 : more });
      });
    });
  }

  channel(name: string): Channel {
    const room = this.#rooms.get(name) ?? new Room(name, this);
    this.#rooms.set(name, room);
    return room;
  }

  retry(): void {
    if (!this.ended) this.#connection.hurry();
  }

  close(): void {
    this.#end('closed');
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return messagesOf(this, this, () => this.ended !== undefined);
  }

  /** Why nothing more is possible; undefined while something is. */
  get ended(): BroadcastError | undefined {
    if (this.state === 'kicked') return new BroadcastError('kicked');
    return this.state === 'closed' ? new BroadcastError('closed') : undefined;
  }

  /** Subscribes to what is wanted and not joined: all that a page subscribes to at once, in one request. */
  join(): void {
    if (this.#isJoining) return;
    this.#isJoining = true;
    queueMicrotask(() => {
      this.#isJoining = false;
      this.#join();
    });
  }

  request(action: Omit<Action, 'ref'>, answered: Answered, answers?: number): void {
    const line = this.#connection.current;
    if (line) this.#requests.send(line, { ref: this.#requests.newRef(), ...action } as Action, answered, answers);
    else answered(this.ended ?? new BroadcastError('lost'));
  }

  ask(request: PageRequest & { readonly channel?: string }, answered: (page?: Page) => void): void {
    this.request({ action: 'history', ...request }, (answer) => {
      if (!(answer instanceof BroadcastError)) return answered(pageOf(answer));
      if (answer.code !== 'lost') this.emit('error', answer);
      answered();
    });
  }

  #end(state: 'closed' | 'kicked'): void {
    if (this.ended) return;
    this.#undo.forEach((undo) => undo());
    this.#sequence.end();
    this.#connection.end();
    this.#become(state);
    const error = this.ended!;
    for (const room of this.#rooms.values()) room.leave(error);
    this.#requests.fail(error);
    this.#outbox.fail(error);
  }

  #listen(target: Partial<EventTarget> | undefined, type: string, listener: () => void): void {
    target?.addEventListener?.(type, listener);
    this.#undo.push(() => target?.removeEventListener?.(type, listener));
  }

  #become(state: State, retryAt?: number): void {
    if (this.ended) return;
    this.state = state;
    if (state === 'refused') this.#outbox.fail(new BroadcastError('lost'));
    this.emit('state', { state, retryAt });
  }

  /** A line can be used: what is not known yet is asked first, so that all that is sent from now on comes back. */
  #ready(line: Line): void {
    this.#keepsHistory = line.layers!.includes('history');
    if (this.#keepsHistory) {
      this.#sequence.begin();
      if (this.#sequence.position) this.#open();
    } else {
      this.#open();
    }
    for (const room of this.#rooms.values()) room.isJoined = false;
    this.#join();
  }

  /** Subscribes to what is wanted: after a connection is lost, all of it counts once against the rate. */
  #join(): void {
    const line = this.#connection.current;
    const rooms = [...this.#rooms.values()].filter(({ isWanted, isJoined, isAsked }) => isWanted && !isJoined && !isAsked);
    if (!line || rooms.length === 0) return;
    if (!line.layers!.includes('channels')) return rooms.forEach((room) => room.answered(noChannels()));
    const asked = new Map(rooms.slice(0, MOST_JOINED).map((room) => [room.name, room]));
    for (const room of asked.values()) room.isAsked = true;
    this.request({ action: 'subscribe', channels: [...asked.values()].map(({ request }) => request) }, (answer, channel) => {
      for (const room of channel === undefined ? [...asked.values()] : [asked.get(channel as string)]) {
        asked.delete(room!.name);
        room!.answered(answer);
      }
      this.#outbox.flush();
    }, asked.size);
    this.#join();
  }

  #open(): void {
    const line = this.#connection.current;
    if (!line) return;
    if (this.state !== 'open') this.#become('open');
    if (this.#wasInterrupted && !this.#keepsHistory) this.emit('gap', {});
    this.#wasInterrupted = false;
    this.#wasOpen = true;
    this.#outbox.begin(line);
  }

  #lost(line: Line): void {
    if (!this.#connection.current) {
      this.#wasInterrupted = this.#wasOpen;
      this.#outbox.pause();
      this.#sequence.end();
      for (const room of this.#rooms.values()) room.lost();
    }
    this.#requests.fail(new BroadcastError('lost'), line);
  }

  #receive(frame: Frame): void {
    const { type, message, requestId, code } = frame;
    if (type === 'message') return isMessage(frame) ? this.#take(frame) : undefined;
    if (type === 'messages') {
      if (Array.isArray(frame.messages)) frame.messages.filter(isMessage).forEach((each) => this.#take(each));
      return;
    }
    if (this.#requests.answer(frame)) return;
    if (type === 'presence') {
      this.#rooms.get(frame.channel as string)?.present(frame);
    } else if (type === 'error') {
      this.emit('error', errorOf(frame));
      if (code === 'kicked') this.#end('kicked');
    } else if (typeof requestId === 'string' && typeof message === 'string') {
      this.#gatewayFailed(message);
    }
  }

  #take(message: Message): void {
    const { channel } = message;
    const room = this.#rooms.get(channel!);
    if (room) room.take(message);
    else if (channel === undefined && this.#keepsHistory) this.#sequence.take(message);
    else if (this.seen.add(message.id)) this.#deliver(message); // also of a channel that the address names
  }

  #deliver(message: Message): void {
    if (!this.ended) this.emit('message', message);
  }

  /** API Gateway does not say what it could not have handled: all that waits may be it. */
  #gatewayFailed(text: string): void {
    const error = new BroadcastError(text === 'Forbidden' ? 'forbidden' : 'unavailable', `API Gateway could not hand on what was sent: ${text}`);
    this.emit('error', error);
    this.#requests.fail(error);
  }
}
