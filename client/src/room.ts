import {
  BroadcastError, type Ack, type Channel, type ChannelEvents, type ClientEvents, type HistoryOptions, type HistoryPage, type Message, type Position,
  type Presence, type SendOptions, type SubscribeOptions,
} from './api';
import { backoff, whenIdle } from './clock';
import { Emitter } from './emitter';
import type { Frame } from './frames';
import type { Host } from './host';
import { Seen } from './seen';
import { pageOf, Sequence, type Page, type PageRequest, type SequencePorts } from './sequence';

/** Failures that may be over in a moment. */
const PASSING: readonly string[] = ['unavailable', 'rate_exceeded', 'timeout'];

/** Rooms that one request did not let into for the moment. They are asked for again in one request. */
export interface Late extends Set<Room> {
  cancel: () => void;
}

/** A channel that a page has a use for. */
export class Room extends Emitter<ChannelEvents> implements Channel, SequencePorts {
  /** Whether the page wants to be in it. */
  isWanted = false;
  /** Whether the server has said so on the current line. */
  isJoined = false;
  /** Whether its answer is to come, or it is asked for again later. */
  isAsked = false;
  readonly #waiting: ((error?: BroadcastError) => void)[] = [];
  #sequence: Sequence | undefined;
  #version = -1;
  #failures = 0;
  /** When a list was last there. */
  #listed = 0;
  #late: Late | undefined;
  #cancelSilence: (() => void) | undefined;
  /** Whether every message came since it was joined; undefined before. What may have been missed is recovered, or a gap. */
  #isComplete: boolean | undefined;

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
      this.#sequence = new Sequence(clock, this, new Seen(), times, options);
      this.isWanted = true;
      this.#isComplete = undefined;
      this.host.joinAll();
    }
    if (!this.isJoined) await new Promise<void>((resolve, reject) => this.#waiting.push((error) => error ? reject(error) : resolve()));
  }

  async unsubscribe(): Promise<void> {
    const wasJoined = this.isJoined;
    this.leave(new BroadcastError('closed'));
    if (wasJoined) await this.#part();
  }

  publish(message: string, options?: SendOptions): Promise<Ack> {
    return this.host.send(message, { ...options, channel: this.name });
  }

  history(options?: HistoryOptions): Promise<HistoryPage> {
    return this.host.history({ ...options, channel: this.name });
  }

  async presence(): Promise<Presence> {
    return presenceOf(await this.host.call({ action: 'presence', channel: this.name }));
  }

  ask(request: PageRequest, answered: (page?: Page) => void): void {
    this.host.ask({ channel: this.name, ...request }, answered);
  }

  missed(): void {
    this.#emit('gap', { channel: this.name });
  }

  take(message: Message): void {
    if (this.isWanted) this.#sequence!.take(message);
  }

  /** Lists come whole, and may come late. What was asked for counts in any case. */
  present(frame: Frame, wasAsked = false): void {
    const presence = presenceOf(frame);
    const { version } = presence;
    if (!this.isWanted || (!wasAsked && version <= this.#version)) return;
    this.#listed = this.host.clock.now();
    if (version === this.#version) return;
    this.#version = version;
    this.#emit('presence', presence);
  }

  /** Asks to be let in, and to go on from where the channel was. */
  question(): object {
    this.isAsked = true;
    return { channel: this.name, since: this.position?.position, epoch: this.position?.epoch };
  }

  /** @param late those of the same request, where it may be asked again */
  answered(answer: Frame | BroadcastError, late?: Late): void {
    this.isAsked = false;
    const isError = answer instanceof BroadcastError;
    if (!this.isWanted) {
      // It was left before the server let it in, which would take it for a member until the line ends.
      if (!isError) this.#part().catch(() => {});
      return;
    }
    if (isError) return this.#refused(answer, late!);
    this.#failures = 0;
    this.isJoined = true;
    const { epoch, version } = answer;
    if (this.#isComplete === false && (epoch === undefined || !this.position)) this.missed();
    this.#isComplete = true;
    if (epoch === undefined) this.#sequence!.end();
    else this.#sequence!.begin(pageOf(answer));
    if (version !== undefined) {
      this.present(answer, true);
      // A list may be lost as any other frame.
      this.#cancelSilence ??= whenIdle(this.host.clock, this.host.times, () => this.#listed, () => this.#askPresence());
    }
    this.#settle();
  }

  /** Another line is there, which is in no channel yet. */
  forgetLine(): void {
    this.isJoined = this.isAsked = false;
    this.#late?.delete(this);
    if (!this.#late?.size) this.#late?.cancel();
  }

  /** The line has ended. */
  lost(): void {
    this.forgetLine();
    this.#version = -1;
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    this.doubt();
    this.#sequence?.end();
  }

  /** A line has ended. Messages were missed if it was the last one in the channel. */
  doubt(): void {
    this.#isComplete &&= this.isJoined;
  }

  #settle(error?: BroadcastError): void {
    for (const settle of this.#waiting.splice(0)) settle(error);
  }

  leave(error: BroadcastError): void {
    this.isWanted = false;
    this.lost();
    this.emit('end', undefined);
    this.#settle(error);
  }

  /** Leaves the channel of the current line. A subscription that is wanted meanwhile is asked for afterwards. */
  #part(): Promise<void> {
    this.isAsked = true;
    return new Promise((resolve, reject) => this.host.request({ action: 'unsubscribe', channel: this.name }, (answer) => {
      this.isAsked = false;
      this.host.joinAll();
      // A line that has ended is in no channel.
      if (answer instanceof BroadcastError && answer.code !== 'lost') reject(answer);
      else resolve();
    }));
  }

  #refused(error: BroadcastError, late: Late): void {
    if (error.code === 'lost') return; // it is asked for on the next line
    if (PASSING.includes(error.code)) {
      this.isAsked = true;
      this.#failures++;
      this.#late = late.add(this);
      if (late.size === 1) {
        late.cancel = this.host.clock.after(backoff(this.host.clock, this.#failures, this.host.times), () => {
          for (const room of late) room.isAsked = false;
          this.host.joinAll();
        });
      }
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

function presenceOf({ channel, version, count, members }: Frame): Presence {
  return { channel, version, count, members } as Presence;
}
