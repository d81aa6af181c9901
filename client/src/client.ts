import {
  BroadcastError, type Ack, type BroadcastClient, type Channel, type ClientEvents, type ConnectOptions, type HistoryOptions, type HistoryPage,
  type Message, type Position, type SendOptions, type State, type Timing,
} from './api';
import type { Clock } from './clock';
import { Connection, type ConnectionEvents } from './connection';
import { Emitter } from './emitter';
import { isMessage, messagesOf, type Frame } from './frames';
import type { Host } from './host';
import { MOST_JOINED } from './limits';
import type { Line } from './line';
import { missing, Outbox, type Call } from './outbox';
import { errorOf, newRef, Requests, type Action, type Answered } from './requests';
import { Room, type Late } from './room';
import { Seen } from './seen';
import { pageOf, Sequence, type Page, type PageRequest, type SequencePorts } from './sequence';
import { newSession } from './session';
import { TIMING } from './timing';

/** The client, and what its channels share. */
export class Client extends Emitter<ClientEvents> implements BroadcastClient, Host, ConnectionEvents, SequencePorts {
  state: State = 'connecting';
  readonly times: Timing;
  readonly #seen = new Seen();
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #sequence: Sequence;
  readonly #connection: Connection;
  readonly #rooms = new Map<string, Room>();
  /** Ends what is listened to. */
  readonly #offs: (() => void)[] = [];
  /** Whether every message came since it was open; undefined before. */
  #isComplete: boolean | undefined;
  /** Whether the server does, by what it said last. */
  #keepsHistory: boolean | undefined;

  constructor(options: ConnectOptions, readonly clock: Clock) {
    super();
    const { last, position, signal } = options;
    const times = this.times = { ...TIMING, ...options.timing };
    this.#requests = new Requests(clock, times);
    this.#outbox = new Outbox(clock, times, this.#requests, newSession(), (channel) => {
      const room = this.#rooms.get(channel!);
      return !room?.isWanted || room.isJoined;
    });
    this.#sequence = new Sequence(clock, this, this.#seen, times, { last, position });
    this.#connection = new Connection(options, clock, times, this);
    // Without a network, a server on this machine may still be there. A computer that slept may have lost its connection without notice.
    const hurry = (): void => this.retry();
    for (const type of ['online', 'offline']) this.#listen(globalThis as Partial<EventTarget>, type, hurry);
    this.#listen(globalThis.document, 'visibilitychange', () => {
      if (!document.hidden) hurry();
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
    return this.#connection.current?.offered ?? [];
  }

  async send(message: string, { channel, ...options }: SendOptions & { readonly channel?: string } = {}): Promise<Ack> {
    if (typeof message !== 'string' || !message) {
      throw new BroadcastError('bad_request', `'message' must be a text that is not empty, got '${message && typeof message}'; use JSON.stringify`);
    }
    const { id, position, delivered } = await this.call({ action: 'publish', channel, message }, options);
    return { id, position, delivered } as Ack;
  }

  async history({ before, limit, channel, ...options }: HistoryOptions & { readonly channel?: string } = {}): Promise<HistoryPage> {
    const { messages, more } = pageOf(await this.call({ action: 'history', channel, before, limit }, options));
    // Without a position, the answer does not say whether there are older ones.
    return { messages, more: before === undefined ? messages.length > 0 : more };
  }

  async call(call: Call, options?: SendOptions): Promise<Frame> {
    if (this.ended) throw this.ended;
    return this.#outbox.call(call, options);
  }

  channel(name: string): Channel {
    name = `${name}`; // without a name, the server would refuse all channels of the request
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

  /** Why nothing more is possible; undefined while something is. */
  get ended(): BroadcastError | undefined {
    const { state } = this;
    return state === 'kicked' || state === 'closed' ? new BroadcastError(state) : undefined;
  }

  /** Subscribes to what is wanted and not joined: all that a page subscribes to at once, in one request. */
  joinAll(): void {
    queueMicrotask(() => this.#join());
  }

  request(action: Omit<Action, 'ref'>, answered: Answered, answers?: number): void {
    const line = this.#connection.current;
    if (line) this.#requests.send(line, { ref: newRef(), ...action } as Action, answered, answers);
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
    for (const off of this.#offs) off();
    this.#sequence.end();
    this.#connection.end();
    this.become(state);
    this.emit('end', undefined);
    const error = this.ended!;
    for (const room of this.#rooms.values()) room.leave(error);
    this.#requests.fail(error);
    this.#outbox.fail(error);
  }

  #listen(target: Partial<EventTarget> | undefined, type: string, listener: () => void): void {
    target?.addEventListener?.(type, listener);
    this.#offs.push(() => target?.removeEventListener?.(type, listener));
  }

  become(state: State, retryAt?: number): void {
    if (this.ended) return;
    this.state = state;
    if (state === 'refused') this.#outbox.fail(new BroadcastError('refused', 'no connection yet'));
    this.emit('state', { state, retryAt });
  }

  /** A line can be used: what is not known yet is asked first, so that all that is sent from now on comes back. */
  ready(line: Line): void {
    this.#keepsHistory = line.offered!.includes('history');
    const canRecover = this.#keepsHistory && this.position;
    if (this.#isComplete === false && !canRecover) this.missed();
    if (this.#keepsHistory) this.#sequence.begin();
    else this.#sequence.end(); // asks no more: a server without the layer would broadcast the question
    if (canRecover || !this.#keepsHistory) this.begun();
    for (const room of this.#rooms.values()) room.forgetLine();
    this.#join();
  }

  /** Subscribes to what is wanted: after a connection is lost, all of it counts once against the rate. */
  #join(): void {
    const line = this.#connection.current;
    const rooms = [...this.#rooms.values()].filter(({ isWanted, isJoined, isAsked }) => isWanted && !isJoined && !isAsked);
    if (!line) return;
    if (!line.offered!.includes('channels')) {
      for (const room of rooms) room.answered(missing('unknown_channel', 'channels'));
      return this.#outbox.flush(); // what has waited for them
    }
    while (rooms.length > 0) this.#ask(line, new Set(rooms.splice(0, MOST_JOINED)));
  }

  #ask(line: Line, rooms: Set<Room>): void {
    const late = new Set<Room>() as Late;
    this.request({ action: 'subscribe', channels: [...rooms].map((room) => room.question()) }, (answer, channel) => {
      // On the one that has taken its place, they are asked for again.
      if (line !== this.#connection.current) return;
      for (const room of rooms) {
        if (channel === undefined || room.name === channel) {
          rooms.delete(room);
          room.answered(answer, late);
        }
      }
      this.#outbox.flush();
    }, rooms.size);
  }

  begun(): void {
    const line = this.#connection.current;
    if (!line) return;
    if (this.state !== 'open') this.become('open');
    this.#isComplete = true;
    this.#outbox.begin(line);
  }

  /** A line that breaks before it is left may have taken messages with it that are nowhere else, although another line is there. */
  lost(line: Line, isSilent?: boolean): void {
    const { current } = this.#connection;
    const isBroken = isSilent !== undefined;
    for (const room of this.#rooms.values()) {
      if (!current || (isBroken && !room.position)) room.lost();
      else room.doubt();
    }
    if (!current) {
      this.#isComplete &&= false;
      this.#outbox.pause();
      this.#sequence.end();
    } else if (isBroken) {
      if (this.#isComplete && !this.#keepsHistory) this.missed();
      this.#join();
    }
    this.#requests.fail(new BroadcastError('lost'), line);
  }

  failed(error: unknown): void {
    this.emit('error', new BroadcastError('unavailable', `${(error as Error | undefined)?.message ?? error}`));
  }

  missed(): void {
    this.emit('gap', {});
  }

  frame(frame: Frame): void {
    const { type, message, requestId, code } = frame;
    if (type === 'message') return isMessage(frame) ? this.#take(frame) : undefined;
    if (type === 'messages') {
      return messagesOf(frame).forEach((each) => this.#take(each));
    }
    if (this.#requests.answer(frame)) return;
    if (type === 'presence') {
      this.#rooms.get(frame.channel as string)?.present(frame);
    } else if (type === 'error') {
      this.emit('error', errorOf(frame));
      if (code === 'kicked') this.#end('kicked');
    } else if (requestId && typeof message === 'string') {
      // API Gateway does not say what it could not hand on: all that waits may be it.
      const error = new BroadcastError(message === 'Forbidden' ? 'forbidden' : 'unavailable', `API Gateway: ${message}`);
      this.emit('error', error);
      this.#requests.fail(error);
    }
  }

  #take(message: Message): void {
    const { channel } = message;
    const room = this.#rooms.get(channel!);
    if (this.ended) return; // by a listener, at the message before
    if (room) room.take(message);
    else if (channel === undefined && this.#keepsHistory) this.#sequence.take(message);
    else if (this.#seen.isNew(message.id)) this.emit('message', message); // also of a channel that the address names
  }
}
