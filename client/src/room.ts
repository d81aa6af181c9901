import {
  BroadcastError, type Ack, type Channel, type ChannelEvents, type ClientEvents, type HistoryOptions, type HistoryPage, type Message, type Position,
  type Presence, type SendOptions, type SubscribeOptions,
} from './api';
import { backoff, whenIdle } from './clock';
import { Emitter } from './emitter';
import type { Frame } from './frames';
import type { Host } from './host';
import { Seen } from './seen';
import { pageOf, Sequence } from './sequence';

/** What may be otherwise in a moment. */
const PASSING: readonly string[] = ['unavailable', 'rate_exceeded', 'timeout'];

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
  /** When a list was last there. */
  #listed = 0;
  #cancelRetry: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;
  /** Whether it was joined, and lost since: where it has no history, something may have been missed. */
  #wasLost: boolean | undefined;

  constructor(readonly name: string, private readonly host: Host) {
    super();
  }

  get ended(): BroadcastError | undefined {
    return this.host.ended;
  }

  get position(): Position | undefined {
    return this.#sequence?.position;
  }

  async subscribe(options: SubscribeOptions = {}): Promise<void> {
    const { clock, times } = this.host;
    if (this.ended) throw this.ended;
    if (!this.isWanted) {
      this.#sequence = new Sequence(clock, {
        ask: (request, answered) => this.host.ask({ channel: this.name, ...request }, answered),
        deliver: (message) => this.emit('message', message),
        gap: () => this.#emit('gap', { channel: this.name }),
      }, new Seen(), times, options);
      this.isWanted = true;
      this.#wasLost = undefined;
      this.host.joinAll();
    }
    if (!this.isJoined) await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async unsubscribe(): Promise<void> {
    const wasJoined = this.isJoined;
    this.leave(new BroadcastError('closed'));
    if (!wasJoined) return;
    this.isAsked = true; // who subscribes again meanwhile is asked for afterwards
    await new Promise<void>((resolve, reject) => this.host.request({ action: 'unsubscribe', channel: this.name }, (answer) => {
      this.isAsked = false;
      this.host.joinAll();
      // A line that has ended is in no channel.
      if (answer instanceof BroadcastError && answer.code !== 'lost') reject(answer);
      else resolve();
    }));
  }

  publish(message: string, options?: SendOptions): Promise<Ack> {
    return this.host.send(message, { ...options, channel: this.name });
  }

  history(options?: HistoryOptions): Promise<HistoryPage> {
    return this.host.history({ ...options, channel: this.name });
  }

  async presence(): Promise<Presence> {
    return presenceOf(this.name, await this.host.call({ action: 'presence', channel: this.name }));
  }

  take(message: Message): void {
    if (this.isWanted) this.#sequence!.take(message);
  }

  /** Lists come whole, and may come late. What was asked for counts in any case. */
  present(frame: Frame, wasAsked = false): void {
    const presence = presenceOf(this.name, frame);
    const { version } = presence;
    if (!this.isWanted || (!wasAsked && version <= this.#version)) return;
    this.#listed = this.host.clock.now();
    if (version === this.#version) return;
    this.#version = version;
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
    const { epoch, version } = answer;
    if (epoch !== undefined) this.#sequence!.begin(pageOf(answer));
    else if (this.#wasLost) this.#emit('gap', { channel: this.name });
    this.#wasLost = false;
    if (version !== undefined) {
      this.present(answer, true);
      // A list may be lost as any other frame.
      this.#cancelSilence ??= whenIdle(this.host.clock, this.host.times, () => this.#listed, () => this.#askPresence());
    }
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Another line is there, which is in no channel yet. */
  forgetLine(): void {
    this.isJoined = this.isAsked = false;
    this.#cancelRetry?.();
  }

  /** The line has ended. */
  lost(): void {
    this.forgetLine();
    this.#version = -1;
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    if (this.#wasLost === false) this.#wasLost = true;
    this.#sequence?.end();
  }

  leave(error: BroadcastError): void {
    this.isWanted = false;
    this.lost();
    this.emit('end', undefined);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #refused(error: BroadcastError): void {
    if (error.code === 'lost') return; // it is asked for on the next line
    if (PASSING.includes(error.code)) {
      this.isAsked = true;
      this.#cancelRetry = this.host.clock.after(backoff(this.host.clock, ++this.#failures, this.host.times), () => {
        this.isAsked = false;
        this.host.joinAll();
      });
      return;
    }
    if (this.#waiting.length === 0) this.#emit('error', error);
    this.leave(error);
  }

  #askPresence(): void {
    this.host.request({ action: 'presence', channel: this.name }, (answer) => {
      if (!(answer instanceof BroadcastError)) this.present(answer, true);
    });
  }

  #emit<Type extends 'gap' | 'presence' | 'error'>(type: Type, event: ClientEvents[Type]): void {
    this.emit(type, event as never);
    this.host.emit(type, event);
  }
}

function presenceOf(channel: string, { version, count, members }: Frame): Presence {
  return { channel, version, count, members } as Presence;
}
