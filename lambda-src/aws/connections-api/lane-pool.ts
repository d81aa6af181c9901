/**
 * The lanes to one endpoint, shared by all transmissions of an execution environment.
 *
 * Invariants:
 * - lanes, not counting the slow ones, never outnumber `laneTarget` of the posts at hand, nor `allowed`: that begins at four
 *   and grows by one with each answer, so that later handshakes resume the session of earlier ones, and few posts make few;
 * - a post waits only while every lane is busy or connecting, and the first to come is the first to go; how long it has waited
 *   counts for nothing once it is written, nor while others are answered: a slow endpoint is slow, and not at fault;
 * - hung clients hold up nobody: a lane whose answer takes longer than `SLOW_MILLIS` makes room for another and lets `allowed` grow, as an
 *   answer would;
 * - a lane is given its next post in a later turn of the event loop than its last answer: what else the endpoint has already
 *   said (a second answer, a close) is read before that, and closes the lane instead of becoming the next post's answer;
 * - a connection that fails takes one waiting post with it (`unsent`): a dead endpoint answers for all in the end. While
 *   other lanes stand it takes none, and growth slows to one lane for each round of answers;
 * - after the last transmission has ended nothing is scheduled or under way: no timer, no handshake, no post. Lanes that are
 *   idle then stay, and must be fresh to be written to again; they never hold the process, which the timer does until then.
 */
import type { Connector } from './connector';
import { Lane, type LaneOwner } from './lane';
import { laneTarget } from './pool-size';
import type { Post } from './post';

const FIRST_LANES = 4;
/** A timer or an AbortSignal for each post would cost more than the post's signature. */
const SWEEP_MILLIS = 100;
/** As long as the engine waits before a send no longer holds one of its places. */
const SLOW_MILLIS = 500;

export interface LanePoolOptions {
  readonly memoryMegabytes: number;
  /**
   * How long an answer or a handshake may take, and how long posts wait for a lane while nothing is answered. Held by the steady
   * clock, to within the interval of the sweeps.
   */
  readonly timeLimitMillis: number;
  /** The wall clock, in epoch milliseconds. */
  readonly now: () => number;
}

/** What a transmission asks of the pool. */
export interface Load {
  /** Posts to be ready for: as many as were announced, or have come. */
  readonly posts: number;
}

export class LanePool implements LaneOwner {
  private readonly loads = new Set<Load>();
  private readonly lanes = new Set<Lane>();
  private readonly connecting = new Set<Lane>();
  /** The one used last is last. */
  private readonly idle: Lane[] = [];
  /** Became idle in this turn of the event loop. */
  private settling: Lane[] = [];
  private turn?: NodeJS.Immediate;
  private waiting: Post[] = [];
  private allowed = FIRST_LANES;
  /** By the steady clock. */
  private lastAnsweredAt = -Infinity;
  /** Lanes that were slow at the last sweep. */
  private slow = 0;
  private cautious = false;
  private sweeper?: NodeJS.Timeout;
  private sweep?: NodeJS.Immediate;

  constructor(private readonly connector: Connector, private readonly options: LanePoolOptions) {}

  /** A transmission begins. */
  open(load: Load): void {
    if (this.loads.size === 0) this.wake();
    this.loads.add(load);
  }

  add(post: Post): void {
    this.waiting.push(post);
    this.dispatch();
  }

  /** A transmission ends: its posts are settled now. */
  close(load: Load): void {
    this.loads.delete(load);
    const reason = 'the transmission ended';
    const own = this.waiting.filter((post) => post.owner === load);
    this.waiting = this.waiting.filter((post) => post.owner !== load);
    for (const post of own) post.settle({ kind: 'unsent', reason });
    for (const lane of this.lanes) if (lane.carries(load)) lane.close(reason);
    if (this.loads.size === 0) this.rest();
  }

  answered(): void {
    this.lastAnsweredAt = performance.now();
    this.allowed += this.cautious ? 1 / this.allowed : 1;
  }

  ready(lane: Lane): void {
    this.connecting.delete(lane);
    this.settling.push(lane);
    this.turn ??= setImmediate(() => {
      this.settle();
      this.dispatch();
    });
  }

  lost(lane: Lane, reason: string): void {
    this.lanes.delete(lane);
    for (const list of [this.idle, this.settling]) {
      const place = list.indexOf(lane);
      if (place >= 0) list.splice(place, 1);
    }
    if (this.connecting.delete(lane)) this.connectionFailed(reason);
    this.dispatch();
  }

  private settle(): void {
    clearImmediate(this.turn);
    this.turn = undefined;
    this.idle.push(...this.settling);
    this.settling = [];
  }

  private connectionFailed(reason: string): void {
    this.connector.failed();
    if (this.lanes.size > this.connecting.size) {
      this.cautious = true;
      this.allowed = this.lanes.size;
    } else {
      this.waiting.shift()?.settle({ kind: 'unsent', reason });
    }
  }

  /** Gives waiting posts to idle lanes, and opens lanes for the rest. */
  private dispatch(): void {
    while (this.waiting.length > 0) {
      const lane = this.idle.pop();
      if (!lane) break;
      if (lane.isFresh()) lane.carry(this.waiting.shift()!);
      else lane.close('not fresh');
    }
    const target = Math.min(this.allowed, this.target()) + this.slow;
    while (this.waiting.length > this.connecting.size + this.settling.length && this.lanes.size + 1 <= target) this.openLane();
  }

  private target(): number {
    let posts = 0;
    for (const load of this.loads) posts += load.posts;
    return laneTarget(posts, this.options.memoryMegabytes);
  }

  private openLane(): void {
    const lane = new Lane(this.connector, performance.now(), this.options.now, this);
    this.lanes.add(lane);
    this.connecting.add(lane);
  }

  private wake(): void {
    for (const lane of this.lanes) if (!lane.isFresh()) lane.close('not fresh');
    this.allowed = Math.max(FIRST_LANES, this.lanes.size);
    this.slow = 0;
    this.cautious = false;
    // After a pause of this process, timers run before what has arrived meanwhile is read, immediates after it.
    this.sweeper = setInterval(() => {
      this.sweep = setImmediate(() => {
        this.closeOverdue();
        this.replaceSlow();
      });
    }, SWEEP_MILLIS);
  }

  private rest(): void {
    clearInterval(this.sweeper);
    clearImmediate(this.sweep);
    this.settle();
    for (const lane of this.connecting) lane.close('no longer needed');
  }

  private closeOverdue(): void {
    const { timeLimitMillis } = this.options;
    const latest = performance.now() - timeLimitMillis;
    while (this.lastAnsweredAt <= latest && this.waiting.length > 0 && this.waiting[0].startedAt <= latest) {
      this.waiting.shift()!.settle({ kind: 'unsent', reason: `nothing was answered within ${timeLimitMillis} ms` });
    }
    for (const lane of this.lanes) {
      if ((lane.busySince() ?? Infinity) <= latest) lane.close(`nothing came within ${timeLimitMillis} ms`);
    }
  }

  private replaceSlow(): void {
    const latest = performance.now() - SLOW_MILLIS;
    let slow = 0;
    for (const lane of this.lanes) if ((lane.unansweredSince() ?? Infinity) <= latest) slow++;
    this.allowed += Math.max(0, slow - this.slow);
    this.slow = slow;
    if (slow > 0) this.dispatch();
  }
}
