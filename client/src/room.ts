import {
  BroadcastError, type Ack, type Channel, type ChannelEvents, type ClientEvents, type HistoryOptions, type HistoryPage, type Message, type Position,
  type Presence, type SendOptions, type SubscribeOptions,
} from './api';
import { backoff } from './clock';
import { Emitter } from './emitter';
import type { Frame } from './frames';
import type { Host } from './host';
import { messagesOf } from './messages';
import type { Answered } from './requests';
import { pageOf, Sequence, type SequencePorts } from './sequence';

/** What may be otherwise in a moment. */
const PASSING: readonly string[] = ['unavailable', 'rate_exceeded', 'timeout', 'lost'];

/** A channel that a page has a use for. */
export class Room extends Emitter<ChannelEvents> implements Channel {
  /** Whether the page wants to be in it. */
  isWanted = false;
  /** Whether the server has said so on the current line. */
  isJoined = false;
  /** Whether its answer is to come, or it is asked for again later. */
  isAsked = false;
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #sequence: Sequence | undefined;
  #version = -1;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;
  #last = 0;

  constructor(readonly name: string, private readonly host: Host) {
    super();
  }

  get position(): Position | undefined {
    return this.#sequence?.position;
  }

  subscribe({ last = 0, position }: SubscribeOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const { ended } = this.host;
      if (ended) return reject(ended);
      if (this.isWanted && this.isJoined) return resolve();
      this.#waiting.push({ resolve, reject });
      if (this.isWanted) return;
      this.isWanted = true;
      this.#last = last;
      const ports: SequencePorts = {
        ask: (request, answered) => this.host.ask({ channel: this.name, ...request }, answered),
        deliver: (message) => this.emit('message', message),
        gap: () => this.#emit('gap', { channel: this.name }),
      };
      this.#sequence = new Sequence(this.host.clock, ports, this.host.seen, { timing: this.host.timing, last, position });
      this.host.join();
    });
  }

  unsubscribe(): Promise<void> {
    const wasJoined = this.isJoined;
    this.leave(new BroadcastError('closed'));
    return wasJoined ? this.#request('unsubscribe').then(() => undefined) : Promise.resolve();
  }

  publish(message: string, options?: SendOptions): Promise<Ack> {
    return this.host.send(message, { ...options, channel: this.name });
  }

  history(options?: HistoryOptions): Promise<HistoryPage> {
    return this.host.history({ ...options, channel: this.name });
  }

  async presence(): Promise<Presence> {
    return presenceOf(this.name, await this.#request('presence'));
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return messagesOf(this, this.host, () => this.host.ended !== undefined);
  }

  take(message: Message): void {
    if (this.isWanted) this.#sequence!.take(message);
  }

  /** Lists come whole, and may come late. */
  present(frame: Frame): void {
    const presence = presenceOf(this.name, frame);
    if (presence.version < this.#version || !this.isWanted) return;
    this.#version = presence.version;
    this.#emit('presence', presence);
  }

  /** What to say to the server to be let in, and to go on where one was. */
  get request(): object {
    return { channel: this.name, since: this.position?.position, epoch: this.position?.epoch };
  }

  answered(answer: Frame | BroadcastError): void {
    this.isAsked = false;
    const isError = answer instanceof BroadcastError;
    if (!this.isWanted) {
      // It was left before the server let it in, which would take it for a member until the line ends.
      if (!isError) this.host.request({ action: 'unsubscribe', channel: this.name }, () => {});
      return;
    }
    if (isError) return this.#refused(answer);
    this.#failures = 0;
    this.isJoined = true;
    const { epoch, members } = answer;
    // Where it stands is enough, unless older messages are wanted as well.
    if (epoch !== undefined) this.#sequence!.begin(this.position || this.#last === 0 ? pageOf(answer) : undefined);
    if (Array.isArray(members)) this.present(answer);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** The line has ended. */
  lost(): void {
    this.isJoined = this.isAsked = false;
    this.#version = -1;
    this.#cancelRetry?.();
    this.#sequence?.end();
  }

  leave(error: BroadcastError): void {
    this.isWanted = false;
    this.lost();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #refused(error: BroadcastError): void {
    if (error.code === 'lost') return; // it is asked for on the next line
    if (PASSING.includes(error.code)) {
      this.isAsked = true;
      this.#cancelRetry = this.host.clock.after(backoff(this.host.clock, ++this.#failures, this.host.timing), () => {
        this.isAsked = false;
        this.host.join();
      });
      return;
    }
    if (this.#waiting.length === 0) this.#emit('error', error);
    this.leave(error);
  }

  #request(action: string): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const answered: Answered = (answer) => answer instanceof BroadcastError ? reject(answer) : resolve(answer);
      this.host.request({ action, channel: this.name }, answered);
    });
  }

  #emit<Type extends 'gap' | 'presence' | 'error'>(type: Type, event: ClientEvents[Type]): void {
    this.emit(type, event);
    this.host.emit(type, event);
  }
}

function presenceOf(channel: string, { version, count, members }: Frame): Presence {
  return { channel, version, count, members } as Presence;
}
