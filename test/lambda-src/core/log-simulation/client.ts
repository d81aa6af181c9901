import type { ReadRequest } from '../../../../lambda-src/core/log/log-reader';

/** A message that a client receives, live or in an answer. */
export interface Received {
  readonly position: number;
  readonly id: string;
}

/** An answer to `history` as the client gets it. */
export interface Answer {
  readonly epoch: string;
  readonly position: number;
  readonly recovered: boolean;
  readonly more: boolean;
  readonly wait?: number;
  readonly messages: readonly Received[];
}

/** Positions that a client believes to have: those after `from`, up to `to`. */
export interface Covered {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

/** Position given to a client that had none, or lost it. */
export interface Start {
  readonly at: number;
  readonly epoch: string;
  readonly position: number;
}

/** Seams: steps that a flawed client leaves out. */
export interface ClientFlaws {
  readonly doesNotHold?: boolean;
  readonly dedupesByPositionOnly?: boolean;
}

export interface ClientPorts {
  /** Sends a request, and calls `answer` once: with undefined when no answer came. */
  ask(request: ReadRequest, answer: (answer: Answer | undefined) => void): void;
  after(millis: number, callback: () => void): void;
  now(): number;
  random(): number;
}

const GAP_MILLIS = 300;
const RETRY_MILLIS = 1_000;

/**
 * A client as CHANNELS describes it: it holds live messages while it reads, delivers messages in the order of their positions, requests
 * missing ones, and drops those that it had. A live message at a position that it has passed, with an unknown id, is of another epoch or
 * late: the client asks.
 */
export class ModelClient {
  readonly handed: Received[] = [];
  readonly ids = new Set<string>();
  readonly covered: Covered[] = [];
  readonly starts: Start[] = [];
  /** Live messages that it dropped because it had a later position, with the time. */
  readonly dropped: (Received & { readonly at: number })[] = [];
  readonly violations: string[] = [];
  gaps = 0;
  isReading = false;
  /** Time since which it has asked without progress. */
  stuckSince?: number;
  private session = 0;
  private epoch?: string;
  private position?: number;
  /** Start of the positions that it has without a gap. */
  private from?: number;
  private held = new Map<number, { readonly id: string; readonly epoch: string; readonly at: number }>();
  private isAsking = false;
  private isWaiting = false;
  private askedAt = 0;
  /** Epoch of the last delivered message. */
  private handedEpoch?: string;
  isConnected = false;

  constructor(readonly name: string, private readonly ports: ClientPorts, private readonly flaws: ClientFlaws) {}

  connect(): void {
    this.session++;
    this.isConnected = true;
    this.held.clear();
    this.isAsking = this.isWaiting = false;
    this.stuckSince = undefined;
    this.read();
  }

  disconnect(): void {
    this.isConnected = false;
    this.session++;
    this.close();
  }

  /** Receives a live message. Its epoch is not on the wire: only the check of covered positions knows it. */
  receive(position: number, id: string, epoch: string): void {
    if (!this.isConnected) return;
    if (this.position !== undefined && position <= this.position) {
      if (this.ids.has(id)) return;
      this.dropped.push({ position, id, at: this.ports.now() });
      if (!this.isReading) this.read();
      return;
    }
    if (this.flaws.doesNotHold) {
      this.hand(position, id, epoch);
      this.position = position;
      return;
    }
    this.held.set(position, { id, epoch, at: this.ports.now() });
    if (!this.isReading) this.drain();
  }

  /** Ends the run of positions that it has without a gap. */
  close(): void {
    const { epoch, from, position } = this;
    if (epoch !== undefined && from !== undefined && position! > from) this.covered.push({ epoch, from, to: position! });
    this.from = position;
  }

  read(): void {
    this.isReading = true;
    if (this.isAsking) return;
    this.isAsking = true;
    const { session } = this;
    this.askedAt = this.ports.now();
    this.ports.ask({ since: this.position, epoch: this.epoch, limit: this.ports.random() < 0.5 ? 3 : undefined }, (answer) => {
      if (this.session !== session) return;
      this.isAsking = false;
      if (answer) this.take(answer);
      else this.later(RETRY_MILLIS, () => this.read());
    });
  }

  private take(answer: Answer): void {
    const isFresh = this.position === undefined;
    const before = this.position;
    if (isFresh || !answer.recovered) this.start(answer);
    else this.advance(answer);
    if (answer.more) {
      const hasMoved = this.position !== before;
      if (hasMoved) this.stuckSince = undefined;
      else this.stuckSince ??= this.ports.now();
      this.later(answer.wait === undefined ? 5 : answer.wait * (1 + 0.2 * this.ports.random()), () => this.read());
      return;
    }
    this.stuckSince = undefined;
    this.isReading = false;
    // A live message from before the question, above everything in the answer, is of another epoch.
    for (const [position, { at }] of this.held) if (at < this.askedAt && position > answer.position) this.held.delete(position);
    this.drain();
  }

  private start(answer: Answer): void {
    const isFresh = this.position === undefined;
    if (!isFresh) this.gaps++;
    this.close();
    const last = this.handed.at(-1);
    // Messages delivered already stay below, unless the epoch is another.
    for (const { position, id } of answer.messages) {
      if (answer.epoch === this.epoch && last && position <= last.position) continue;
      this.hand(position, id, answer.epoch);
    }
    this.epoch = answer.epoch;
    this.position = this.from = answer.position;
    this.starts.push({ at: this.ports.now(), epoch: answer.epoch, position: answer.position });
  }

  private advance(answer: Answer): void {
    if (answer.position < this.position!) {
      this.violations.push(`${this.name} asked since ${this.position}, and was answered up to ${answer.position}`);
      return;
    }
    for (const { position, id } of answer.messages) {
      if (position <= this.position! || position > answer.position) this.violations.push(`${this.name} was answered ${position}, outside of (${this.position}, ${answer.position}]`);
      this.hand(position, id, answer.epoch);
    }
    this.position = answer.position;
  }

  private drain(): void {
    for (const position of [...this.held.keys()]) if (position <= this.position!) this.held.delete(position);
    for (let next = this.held.get(this.position! + 1); next; next = this.held.get(this.position! + 1)) {
      if (next.epoch !== this.epoch) this.close();
      this.held.delete(this.position! + 1);
      this.position = this.position! + 1;
      this.hand(this.position, next.id, next.epoch);
      if (next.epoch !== this.epoch) this.from = this.position;
    }
    if (this.held.size === 0 || this.isWaiting) return;
    this.isWaiting = true;
    this.later(GAP_MILLIS, () => {
      this.isWaiting = false;
      if (this.held.size > 0 && !this.isReading) this.read();
    });
  }

  private hand(position: number, id: string, epoch: string): void {
    if (this.ids.has(id)) {
      if (this.flaws.dedupesByPositionOnly) this.violations.push(`${this.name} was handed ${id} twice`);
      return;
    }
    const last = this.handed.at(-1);
    if (last && this.handedEpoch === epoch && position <= last.position) this.violations.push(`${this.name} was handed ${position} after ${last.position}`);
    this.handedEpoch = epoch;
    this.ids.add(id);
    this.handed.push({ position, id });
  }

  private later(millis: number, callback: () => void): void {
    const { session } = this;
    this.ports.after(millis, () => this.session === session && callback());
  }
}
