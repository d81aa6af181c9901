import type { Message, Position, Timing } from './api';
import { backoff, whenIdle, type Clock } from './clock';
import { messagesOf, type Frame } from './frames';
import { MOST_HELD, MOST_LOADED, STUCK_MILLIS } from './limits';
import type { Seen } from './seen';

/** A page of the history. */
export interface Page {
  readonly epoch: string;
  readonly position: number;
  readonly recovered: boolean;
  readonly more: boolean;
  readonly wait?: number;
  readonly messages: readonly Message[];
}

export interface PageRequest {
  readonly since?: number;
  readonly before?: number;
  readonly epoch?: string;
  readonly limit?: number;
}

export interface SequencePorts {
  /** Answers at most once, without a page when there is none. */
  ask(request: PageRequest, answered: (page?: Page) => void): void;
  emit(type: 'message', message: Message): void;
  /** Messages cannot be recovered. */
  missed(): void;
  /** Every message that comes from now on will be handed over. */
  begun?(): void;
}

export interface SequenceOptions {
  /** Number of the newest messages to begin with. @default 0 */
  readonly last?: number;
  /** The position at which an earlier page stopped. */
  readonly position?: Position;
}

/**
 * The messages of one channel, handed over in the order of their positions, each id once.
 *
 * Invariants: everything up to `position` was handed over or is empty, or a gap was announced. What is handed over lies above all
 * that was before, unless a gap was announced. One request is under way at a time.
 */
export class Sequence {
  readonly #last: number;
  #epoch: string | undefined;
  #position: number | undefined;
  readonly #held = new Map<number, Message>();
  /** The number of the request whose answer counts. */
  #request = 0;
  #isAsking: boolean | undefined;
  #mustAsk: boolean | undefined;
  #isLive: boolean | undefined;
  /** Whether this connection's history is known to be the one that the position belongs to. */
  #isProven: boolean | undefined;
  #failures = 0;
  #askedAt = 0;
  #stuckSince: number | undefined;
  #heard = 0;
  #cancelNext: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;

  constructor(
    private readonly clock: Clock, private readonly ports: SequencePorts, private readonly seen: Seen, private readonly times: Timing,
    { last = 0, position }: SequenceOptions,
  ) {
    if (!(last >= 0 && last <= MOST_LOADED) || last % 1) throw new RangeError(`'last' must be a whole number from 0 to ${MOST_LOADED}, got ${last}`);
    this.#last = last;
    this.#epoch = position?.epoch;
    this.#position = position?.position;
  }

  get position(): Position | undefined {
    return this.#position !== undefined ? { epoch: this.#epoch!, position: this.#position } : undefined;
  }

  /** A connection is there: what was missed is asked for. */
  begin(first?: Page): void {
    this.#stop();
    this.#isLive = true;
    this.#isProven = false;
    this.#failures = 0;
    this.#heard = this.clock.now();
    // A function may have stopped between the history and the delivery: only who asks learns of it.
    this.#cancelSilence = whenIdle(this.clock, this.times, () => this.#heard, () => this.#ask());
    // The position of the history is enough, unless older messages are wanted as well.
    if (first && (this.position || !this.#last)) this.#answered(first);
    else this.#ask();
  }

  /** The connection is gone. What was held will be read. */
  end(): void {
    this.#stop();
    this.#isLive = false;
    this.#held.clear();
  }

  /** A message came by itself. */
  take(message: Message): void {
    const { position } = message;
    this.#heard = this.clock.now();
    if (position === undefined) return this.#hand(message);
    if (this.#isProven && position <= this.#position!) {
      // It was handed over, or lies before the beginning; otherwise the history began anew, and its answer will tell.
      if (!this.seen.has(message.id)) this.#askAfter(this.times.gap);
      return;
    }
    if (this.#held.size >= MOST_HELD) this.#held.clear();
    this.#held.set(position, message);
    if (this.#isProven) this.#drain();
  }

  #stop(): void {
    this.#forgetQuestion();
    this.#isAsking = false;
    this.#stuckSince = undefined;
    this.#cancelSilence?.();
  }

  /** The one under way is of no use any more, nor is the next one. Returns the number of another. */
  #forgetQuestion(): number {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    this.#mustAsk = false;
    return ++this.#request;
  }

  /** Goes on to a message. A listener may have closed the client at the one before. */
  #pass(message: Message): void {
    if (!this.#isLive) return;
    this.#position = message.position!;
    this.#stuckSince = undefined;
    this.#hand(message);
  }

  #hand(message: Message): void {
    if (this.seen.isNew(message.id)) this.ports.emit('message', message);
  }

  /** Hands over what follows without a hole; what is missing before the rest is asked for. */
  #drain(): void {
    for (let next; (next = this.#held.get(this.#position! + 1));) {
      this.#held.delete(next.position!);
      this.#pass(next);
    }
    if (this.#held.size > 0) this.#askAfter(this.times.gap, false);
  }

  /** @param must whether to ask even if what is missing comes by itself */
  #askAfter(millis: number, must = true): void {
    if (!this.#isLive || this.#isAsking) return;
    this.#mustAsk ||= must;
    this.#cancelNext ??= this.clock.after(millis, () => {
      this.#cancelNext = undefined;
      if (this.#mustAsk || this.#held.size > 0) this.#ask();
    });
  }

  #ask(): void {
    if (!this.#isLive || this.#isAsking) return;
    this.#send(this.position ? { since: this.#position, epoch: this.#epoch } : { limit: this.#last || 1 }, (page) => this.#answered(page));
  }

  #send(request: PageRequest, use: (page: Page) => void): void {
    const number = this.#forgetQuestion();
    this.#isAsking = true;
    this.#askedAt = this.clock.now();
    this.ports.ask(request, (page) => {
      if (number !== this.#request) return;
      this.#isAsking = false;
      this.#heard = this.clock.now();
      if (!page) return this.#askAfter(backoff(this.clock, ++this.#failures, this.times));
      this.#failures = 0;
      use(page);
    });
  }

  #answered(page: Page): void {
    if (this.position) return this.#recover(page);
    this.#loadOlder(page, this.#last ? page.messages.slice(-this.#last) : [], true);
  }

  /** Fills up what is to be loaded at opening: a page may hold less. */
  #loadOlder(newest: Page, messages: readonly Message[], more: boolean): void {
    const wanted = this.#last - messages.length;
    const oldest = messages[0]?.position ?? 0;
    if (!more || wanted <= 0 || oldest <= 1) return this.#start(newest, messages);
    this.#send({ before: oldest, epoch: newest.epoch, limit: wanted }, (page) => {
      const older = page.recovered ? page.messages.slice(-wanted) : [];
      this.#loadOlder(newest, [...older, ...messages], page.more && older.length > 0);
    });
  }

  /** The first position is known. What came meanwhile is later than the connection, and is handed over with what was loaded. */
  #start(newest: Page, loaded: readonly Message[]): void {
    this.#epoch = newest.epoch;
    this.#goOn(newest, loaded);
    if (newest.more) this.#ask();
  }

  #recover(page: Page): void {
    const before = this.#position!;
    if (!page.recovered || this.#isStuck(page)) return this.#startAnew(page);
    this.#goOn(page, page.messages);
    if (!page.more) return;
    if (this.#position! > before) this.#ask();
    else this.#askAfter((page.wait ?? this.times.gap) * (1 + this.clock.random()));
  }

  /** Hands over all up to the end of the page: what it holds, and what came by itself. */
  #goOn({ position: end }: Page, messages: readonly Message[]): void {
    for (const message of messages) this.#held.set(message.position!, message);
    for (const position of [...this.#held.keys()].filter((each) => each <= end).sort((a, b) => a - b)) {
      const message = this.#held.get(position)!;
      this.#held.delete(position);
      if (!(position <= this.#position!)) this.#pass(message);
    }
    if (!this.#isLive) return;
    this.#position = Math.max(this.#position ?? 0, end);
    this.#isProven = true;
    this.ports.begun?.();
    this.#drain();
  }

  /** Whether the answers have not led on for too long, although there is more. */
  #isStuck(page: Page): boolean {
    const isBehind = page.position <= this.#position! && (page.more || this.#held.size > 0);
    this.#stuckSince = isBehind ? this.#stuckSince ?? this.clock.now() : undefined;
    // The answer is as old as the request: a computer may have slept in between.
    return isBehind && this.#askedAt - this.#stuckSince! > STUCK_MILLIS;
  }

  /** The missed messages cannot be recovered. */
  #startAnew({ epoch, position }: Page): void {
    this.#held.clear();
    this.#stuckSince = undefined;
    this.#epoch = epoch;
    this.#isProven = !this.#last;
    this.#position = this.#isProven ? position : undefined;
    this.ports.missed();
    if (this.#isProven && this.#isLive) this.ports.begun?.();
    this.#askAfter(this.times.gap);
  }
}

/** The part of a frame that is about the history. */
export function pageOf(frame: Frame): Page {
  return { ...frame, messages: messagesOf(frame).filter(({ position }) => position !== undefined) } as unknown as Page;
}
