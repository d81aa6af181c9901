/**
 * The lanes to one endpoint, shared by all transmissions of an execution environment.
 *
 * Invariants:
 * - lanes, not counting the slow ones, never outnumber `laneTarget` of the posts at hand, nor `allowed`: that begins at four
 *   and grows by one with each answer, so that later handshakes resume the session of earlier ones, and few posts make few;
 * - a post waits only while every lane is busy or connecting, and the first to come is the first to go; how long it has waited
 *   counts for nothing once it is written, nor while others are answered: a slow endpoint is slow, and not at fault. What waits
 *   for as long as an answer may take while none comes, or for `WAIT_MILLIS` while no lane stands, goes back unsent: it would all
 *   go out at once when the stall is over;
 * - hung clients hold up nobody: a lane whose answer takes longer than `SLOW_MILLIS` makes room for another and lets `allowed` grow, as an
 *   answer would. While nobody has answered yet, that takes `MUTE_MILLIS`: an endpoint that is mute gets few posts, since what it gets may
 *   have to be sent again;
 * - an idle lane is given a post in a later turn of the event loop only: what the endpoint has already said (a second answer, a
 *   close) is read before that, and closes the lane instead of becoming the post's answer, or its end. After an answer that may be
 *   old it is a turn later: the answer is read in one turn, and what came behind it in the next;
 * - the endpoint tells how long it lets connections be idle by closing one: none is written to that was idle for nearly as long;
 * - a connection that fails takes no post with it. While other lanes stand, growth slows to one lane for each round of answers;
 *   while none does, the next connections are opened after a pause, which doubles up to a second;
 * - after the last transmission has ended nothing is scheduled or under way: no timer, no handshake, no post. Lanes that are
 *   idle then stay, and must be fresh to be written to again; they never hold the process, which the timer does until then.
 */
import type { Connector } from './connector';
import { IDLE_LIMIT_MILLIS, Lane, type LaneOwner } from './lane';
import { laneTarget } from './pool-size';
import type { Post } from './post';
import { RunningClock } from './running-clock';
import { steadyMillis } from '../steady-millis';
import { SLOW_MILLIS } from '../../core/in-flight';

const FIRST_LANES = 4;
/** A timer or an AbortSignal for each post would cost more than the post's signature. */
const SWEEP_MILLIS = 100;
/** How long a post waits while no lane stands. */
const WAIT_MILLIS = 1_000;
/** How long the first answers may take before the clients, not the endpoint, are taken for slow. */
const MUTE_MILLIS = 1_500;
/** What an endpoint that closes idle connections earlier than that can bring the limit down to: a restart closes them at any time. */
const MIN_IDLE_LIMIT_MILLIS = 250;
/** The share of the time after which an idle lane was closed that another may be idle. */
const IDLE_SHARE = 0.75;
/** Pauses between connections that fail while no lane stands. */
const PAUSE_MILLIS = { first: 50, longest: 1_000 };

export interface LanePoolOptions {
  readonly memoryMegabytes: number;
  /** How long an answer or a handshake may take: of the time in which the process runs, to within the interval of the sweeps. */
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
  private readonly clock = new RunningClock();
  /** The one used last is last. */
  private readonly idle: Lane[] = [];
  /** Became idle in this turn of the event loop. */
  private settling: Lane[] = [];
  /** Became idle by an answer that may be old. */
  private settlingLater: Lane[] = [];
  private turn?: NodeJS.Immediate;
  private waiting: Post[] = [];
  private allowed = FIRST_LANES;
  /** By the steady clock. */
  private lastAnsweredAt = -Infinity;
  private wokenAt = -Infinity;
  /** Lanes that were slow at the last sweep. */
  private slow = 0;
  private cautious = false;
  private idleLimit = IDLE_LIMIT_MILLIS;
  /** Why the last connection failed that did, since one was made. */
  private connectionFailure?: string;
  /** Between connections, by the steady clock. */
  private pause = { until: -Infinity, millis: 0 };
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
    if (this.idle.length > 0) this.dispatchSoon();
    else this.dispatch();
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
    // After a pause of this process, timers run before what has arrived meanwhile is read, immediates after it.
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
