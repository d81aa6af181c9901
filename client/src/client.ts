import {
  BroadcastError, type Ack, type BroadcastClient, type ClientEvents, type ConnectOptions, type HistoryOptions, type HistoryPage, type Message,
  type Position, type SendOptions, type State,
} from './api';
import type { Clock } from './clock';
import { Connection } from './connection';
import { Emitter } from './emitter';
import { isMessage, type Frame } from './frames';
import type { Line } from './line';
import { Outbox } from './outbox';
import { errorOf, Requests } from './requests';
import { Seen } from './seen';
import { Sequence, type Page, type PageRequest } from './sequence';
import { newSession } from './session';
import { Stream } from './stream';
import { TIMING } from './timing';

const MOST_LOADED = 1_000;

export class Client implements BroadcastClient {
  state: State = 'connecting';
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #seen = new Seen();
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #sequence: Sequence;
  readonly #connection: Connection;
  readonly #streams = new Set<Stream<Message>>();
  readonly #undo: (() => void)[] = [];
  /** Whether messages were missed that no history brings. */
  #wasInterrupted = false;
  #wasOpen = false;
  /** Whether the server does, by what it said last. */
  #keepsHistory = false;

  constructor(options: ConnectOptions, clock: Clock) {
    const { last = 0, position, signal } = options;
    if (!Number.isInteger(last) || last < 0 || last > MOST_LOADED) throw new RangeError(`'last' must be a whole number from 0 to ${MOST_LOADED}, got ${last}`);
    const timing = { ...TIMING, ...options.timing };
    this.#requests = new Requests(clock, timing);
    this.#outbox = new Outbox(clock, timing, this.#requests, newSession());
    this.#sequence = new Sequence(clock, {
      ask: (request, answered) => this.#ask(request, answered),
      deliver: (message) => this.#deliver(message),
      gap: () => this.#emitter.emit('gap', {}),
      begun: () => this.#open(),
    }, this.#seen, { timing, last, position });
    this.#connection = new Connection(options, clock, timing, {
      state: (state, retryAt) => this.#become(state, retryAt),
      ready: (line) => this.#ready(line),
      frame: (frame) => this.#receive(frame),
      lost: (line) => this.#lost(line),
      failed: ({ message }) => this.#emitter.emit('error', new BroadcastError('unavailable', message)),
    });
    this.#listen(globalThis as Partial<EventTarget>, 'online', () => this.#connection.hurry());
    // Only a hint: a server on this machine is still there.
    this.#listen(globalThis as Partial<EventTarget>, 'offline', () => this.#connection.current?.probe());
    this.#listen(globalThis.document, 'visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#connection.wake();
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

  on<Type extends keyof ClientEvents>(type: Type, listener: (event: ClientEvents[Type]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  send(message: string, options?: SendOptions): Promise<Ack> {
    return this.#ended ? Promise.reject(this.#endedError()) : this.#outbox.send(message, options);
  }

  history({ before, limit }: HistoryOptions = {}): Promise<HistoryPage> {
    return new Promise((resolve, reject) => {
      const line = this.#connection.current;
      if (!line) return reject(new BroadcastError('lost', 'there is no connection'));
      if (!this.#keepsHistory) return reject(new BroadcastError('unavailable', 'this API keeps no history'));
      this.#requests.send(line, { action: 'history', ref: this.#requests.newRef(), before, limit }, (answer) => {
        if (answer instanceof BroadcastError) return reject(answer);
        const { messages } = pageOf(answer);
        resolve({ messages, more: before === undefined ? messages.length > 0 : answer.more === true });
      });
    });
  }

  retry(): void {
    if (this.state === 'refused') this.#connection.restart();
    else this.#connection.hurry();
  }

  close(): void {
    this.#end('closed');
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    const stream: Stream<Message> = new Stream(() => {
      off();
      this.#streams.delete(stream);
    });
    const off = this.on('message', (message) => stream.push(message));
    this.#streams.add(stream);
    if (this.#ended) stream.end();
    return stream;
  }

  get #ended(): boolean {
    return this.state === 'closed' || this.state === 'kicked';
  }

  #endedError(): BroadcastError {
    return this.state === 'kicked' ? new BroadcastError('kicked', 'the server has ended the connection') : new BroadcastError('closed', 'the client is closed');
  }

  #end(state: 'closed' | 'kicked'): void {
    if (this.#ended) return;
    this.#undo.forEach((undo) => undo());
    this.#sequence.end();
    this.#connection.end();
    this.#become(state);
    this.#requests.failed(this.#endedError());
    this.#outbox.fail(this.#endedError());
    for (const stream of [...this.#streams]) stream.end();
  }

  #listen(target: Partial<EventTarget> | undefined, type: string, listener: () => void): void {
    target?.addEventListener?.(type, listener);
    this.#undo.push(() => target?.removeEventListener?.(type, listener));
  }

  #become(state: State, retryAt?: number): void {
    if (this.#ended) return;
    this.state = state;
    if (state === 'refused') this.#outbox.fail(new BroadcastError('lost', 'no attempt to connect has succeeded'));
    this.#emitter.emit('state', { state, ...(retryAt !== undefined && { retryAt }) });
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
  }

  #open(): void {
    const line = this.#connection.current;
    if (!line) return;
    if (this.state !== 'open') this.#become('open');
    if (this.#wasInterrupted && !this.#keepsHistory) this.#emitter.emit('gap', {});
    this.#wasInterrupted = false;
    this.#wasOpen = true;
    this.#outbox.begin(line);
  }

  #lost(line: Line): void {
    if (!this.#connection.current) {
      this.#wasInterrupted = this.#wasOpen;
      this.#outbox.pause();
      this.#sequence.end();
    }
    this.#requests.lost(line);
  }

  #ask(request: PageRequest, answered: (page?: Page) => void): void {
    const line = this.#connection.current;
    if (!line) return answered();
    this.#requests.send(line, { action: 'history', ref: this.#requests.newRef(), ...request }, (answer) => {
      if (!(answer instanceof BroadcastError)) return answered(pageOf(answer));
      if (answer.code !== 'lost') this.#emitter.emit('error', answer);
      answered();
    });
  }

  #receive(frame: Frame): void {
    const { type, message, requestId, code } = frame;
    if (type === 'message') return isMessage(frame) ? this.#take(frame) : undefined;
    if (type === 'messages') {
      if (Array.isArray(frame.messages)) frame.messages.filter(isMessage).forEach((each) => this.#take(each));
      return;
    }
    if (this.#requests.answer(frame)) return;
    if (type === 'error') {
      this.#emitter.emit('error', errorOf(frame));
      if (code === 'kicked') this.#end('kicked');
    } else if (typeof requestId === 'string' && typeof message === 'string') {
      this.#gatewayFailed(message);
    }
  }

  #take(message: Message): void {
    if (message.channel === undefined && this.#keepsHistory) this.#sequence.take(message);
    else if (this.#seen.add(message.id)) this.#deliver(message); // of a channel that the address names, too
  }

  #deliver(message: Message): void {
    if (!this.#ended) this.#emitter.emit('message', message);
  }

  /** API Gateway does not say what it could not have handled: all that waits may be it. */
  #gatewayFailed(text: string): void {
    const error = new BroadcastError(text === 'Forbidden' ? 'forbidden' : 'unavailable', `API Gateway could not hand on what was sent: ${text}`);
    this.#emitter.emit('error', error);
    this.#requests.failed(error);
  }
}

function pageOf({ epoch, position, recovered, more, wait, messages }: Frame): Page {
  return {
    epoch: String(epoch),
    position: Number(position),
    recovered: recovered === true,
    more: more === true,
    ...(typeof wait === 'number' && { wait }),
    messages: Array.isArray(messages) ? messages.filter((each) => isMessage(each) && each.position !== undefined) as unknown as Message[] : [],
  };
}
