/**
 * The lanes to one endpoint, shared by all transmissions of an execution environment.
 *
 * Invariants:
 * - Lanes that are not slow never outnumber `laneTarget` of the posts at hand, nor `allowed`. `allowed` starts at four and grows by one
 *   with each answer, so that later handshakes resume the session of earlier ones, and few posts open few lanes.
 * - A post waits only while every lane is busy or connecting, in the order of arrival. Its waiting time does not count once it is
 *   written, nor while other posts are answered: a slow endpoint is not a broken one. A post goes back unsent when no answer came for the
 *   time limit of an answer, or when no lane was open for `WAIT_MILLIS`: otherwise all posts would leave at once when the stall ends.
 * - Hung clients block nobody: a lane whose answer takes longer than `SLOW_MILLIS` makes room for another lane and lets `allowed` grow, as
 *   an answer would. Before the first answer that takes `MUTE_MILLIS` instead: a silent endpoint gets few posts, since they may have
 *   to be sent again.
 * - An idle lane gets a post only in a later turn of the event loop. Anything that the endpoint has already sent (a second answer, a
 *   close) is read before that, and closes the lane instead of being taken for the post's answer, or its end. If the last answer may be
 *   old, the lane waits one turn more: one turn reads the answer, the next one reads the rest.
 * - By closing an idle connection the endpoint shows its idle limit: no lane is written to that was idle for nearly as long.
 * - A failed connection fails no post. While other lanes are open, growth slows to one lane for each round of answers. While none is
 *   open, the next connections wait for a pause, which doubles up to one second.
 * - After the last transmission nothing is scheduled or under way: no timer, no handshake, no post. Idle lanes stay open, and have to be
 *   fresh to be used again. They never keep the process alive; until the end, the timer does.
 */
import type { Connector } from './connector';
import { IDLE_LIMIT_MILLIS, Lane, type LaneOwner } from './lane';
import { laneTarget } from './pool-size';
import type { Post } from './post';
import { RunningClock } from './running-clock';
import { steadyMillis } from '../steady-millis';
import { SLOW_MILLIS } from '../../core/in-flight';

const FIRST_LANES = 4;
/** One sweep for all posts: a timer or an AbortSignal for each would cost more than signing it. */
const SWEEP_MILLIS = 100;
/** Longest wait of a post while no lane is open. */
const WAIT_MILLIS = 1_000;
/** Longest wait for the first answers; after it, the clients count as slow, not the endpoint. */
const MUTE_MILLIS = 1_500;
/** Lower bound of the learned idle limit. An endpoint that restarts closes its connections at any time, which says nothing about its limit. */
const MIN_IDLE_LIMIT_MILLIS = 250;
/** Share of the endpoint's idle limit that a lane may be idle. */
const IDLE_SHARE = 0.75;
/** Pauses between connection attempts that fail while no lane is open. */
const PAUSE_MILLIS = { first: 50, longest: 1_000 };

export interface LanePoolOptions {
  readonly memoryMegabytes: number;
  /** Time limit of an answer or a handshake, in milliseconds in which the process runs; precise to one sweep. */
  readonly timeLimitMillis: number;
  /** Wall clock in epoch milliseconds. */
  readonly now: () => number;
}

/** Needs of one transmission. */
export interface Load {
  /** Number of posts to be ready for: those announced, or those that have come if they are more. */
  readonly posts: number;
}

export class LanePool implements LaneOwner {
  private readonly loads = new Set<Load>();
  private readonly lanes = new Set<Lane>();
  private readonly connecting = new Set<Lane>();
  private readonly clock = new RunningClock();
  /** Idle lanes; the last one was used last. */
  private readonly idle: Lane[] = [];
  /** Lanes that became idle in this turn of the event loop. */
  private settling: Lane[] = [];
  /** Lanes that became idle by an answer that may be old. */
  private settlingLater: Lane[] = [];
  private turn?: NodeJS.Immediate;
  private waiting: Post[] = [];
  private allowed = FIRST_LANES;
  /** Time of the last answer on the steady clock. */
  private lastAnsweredAt = -Infinity;
  private wokenAt = -Infinity;
  /** Number of lanes that were slow at the last sweep. */
  private slow = 0;
  private cautious = false;
  private idleLimit = IDLE_LIMIT_MILLIS;
  /** Reason of the last failed connection, until one succeeds. */
  private connectionFailure?: string;
  /** Pause between connection attempts, on the steady clock. */
  private pause = { until: -Infinity, millis: 0 };
  private sweeper?: NodeJS.Timeout;
  private sweep?: NodeJS.Immediate;

  constructor(private readonly connector: Connector, private readonly options: LanePoolOptions) {}

  /** Registers a transmission that begins. */
  open(load: Load): void {
    if (this.loads.size === 0) this.wake();
    this.loads.add(load);
  }

  add(post: Post): void {
    this.waiting.push(post);
    if (this.idle.length > 0) this.dispatchSoon();
    else this.dispatch();
  }

  /** Ends a transmission and settles its posts. */
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
    this.lastAnsweredAt = steadyMillis();
    this.allowed += this.cautious ? 1 / this.allowed : 1;
  }

  ready(lane: Lane, mayBeOld: boolean): void {
    if (this.connecting.delete(lane)) {
      this.connectionFailure = undefined;
      this.pause = { until: -Infinity, millis: 0 };
    }
    (mayBeOld ? this.settlingLater : this.settling).push(lane);
    this.dispatchSoon();
  }

  lost(lane: Lane, reason: string, idleFor = Infinity): void {
    if (idleFor >= MIN_IDLE_LIMIT_MILLIS) this.idleLimit = Math.max(MIN_IDLE_LIMIT_MILLIS, Math.min(this.idleLimit, idleFor * IDLE_SHARE));
    this.lanes.delete(lane);
    for (const list of [this.idle, this.settling, this.settlingLater]) {
      const place = list.indexOf(lane);
      if (place >= 0) list.splice(place, 1);
    }
    if (this.connecting.delete(lane)) this.connectionFailed(reason);
    if (this.waiting.length === 0) return;
    if (this.idle.length > 0) this.dispatchSoon();
    else this.dispatch();
  }

  private dispatchSoon(): void {
    this.turn ??= setImmediate(() => {
      this.settle();
      this.dispatch();
    });
  }

  private settle(): void {
    this.turn = undefined;
    this.idle.push(...this.settling);
    this.settling = this.settlingLater;
    this.settlingLater = [];
    if (this.settling.length > 0) this.dispatchSoon();
  }

  private connectionFailed(reason: string): void {
    this.connector.failed();
    if (this.lanes.size > this.connecting.size) {
      this.cautious = true;
      this.allowed = this.lanes.size;
      return;
    }
    this.connectionFailure = reason;
    const now = steadyMillis();
    if (now < this.pause.until) return;
    const millis = Math.min(PAUSE_MILLIS.longest, Math.max(PAUSE_MILLIS.first, this.pause.millis * 2));
    this.pause = { until: now + millis, millis };
  }

  /** Gives waiting posts to idle lanes, and opens lanes for the rest. */
  private dispatch(): void {
    while (this.waiting.length > 0) {
      const lane = this.idle.pop();
      if (!lane) break;
      if (lane.isFresh(this.idleLimit)) lane.carry(this.waiting.shift()!);
      else lane.close('not fresh');
    }
    if (steadyMillis() < this.pause.until) return;
    const target = Math.min(this.allowed, this.target()) + this.slow;
    const soonIdle = () => this.connecting.size + this.settling.length + this.settlingLater.length;
    while (this.waiting.length > soonIdle() && this.lanes.size + 1 <= target) this.openLane();
  }

  private target(): number {
    let posts = 0;
    for (const load of this.loads) posts += load.posts;
    return laneTarget(posts, this.options.memoryMegabytes);
  }

  private openLane(): void {
    const lane = new Lane(this.connector, () => this.clock.now(), this.options.now, this);
    this.lanes.add(lane);
    this.connecting.add(lane);
  }

  private wake(): void {
    for (const lane of this.lanes) if (!lane.isFresh(this.idleLimit)) lane.close('not fresh');
    this.allowed = Math.max(FIRST_LANES, this.lanes.size);
    this.wokenAt = steadyMillis();
    this.slow = 0;
    this.cautious = false;
    this.pause = { until: -Infinity, millis: 0 };
    // After a standstill of the process, timers run before data that arrived meanwhile is read; immediates run after it.
    this.sweeper = setInterval(() => {
      this.sweep = setImmediate(() => {
        this.closeOverdue();
        this.replaceSlow();
        this.dispatch();
      });
    }, SWEEP_MILLIS);
  }

  private rest(): void {
    clearInterval(this.sweeper);
    clearImmediate(this.sweep);
    clearImmediate(this.turn);
    this.turn = undefined;
    this.idle.push(...this.settling.splice(0), ...this.settlingLater.splice(0));
    for (const lane of this.connecting) lane.close('no longer needed');
  }

  private closeOverdue(): void {
    const { timeLimitMillis } = this.options;
    this.giveBack(steadyMillis(), this.lanes.size > this.connecting.size ? timeLimitMillis : Math.min(WAIT_MILLIS, timeLimitMillis));
    const latest = this.clock.now() - timeLimitMillis;
    for (const lane of this.lanes) {
      if ((lane.busySince() ?? Infinity) <= latest) lane.close(`nothing came within ${timeLimitMillis} ms`);
    }
  }

  private giveBack(now: number, limitMillis: number): void {
    const latest = now - limitMillis;
    const reason = this.connectionFailure ?? `nothing was answered within ${limitMillis} ms`;
    while (this.lastAnsweredAt <= latest && this.waiting.length > 0 && this.waiting[0].startedAt <= latest) {
      this.waiting.shift()!.settle({ kind: 'unsent', reason });
    }
  }

  private replaceSlow(): void {
    if (this.lastAnsweredAt < this.wokenAt && steadyMillis() - this.wokenAt < MUTE_MILLIS) return;
    const latest = this.clock.now() - SLOW_MILLIS;
    let slow = 0;
    for (const lane of this.lanes) if ((lane.unansweredSince() ?? Infinity) <= latest) slow++;
    this.allowed += Math.max(0, slow - this.slow);
    this.slow = slow;
  }
}
