/**
 * A lane: one socket, which carries one POST at a time.
 *
 *     connecting ──> idle <──> busy        each of them ──> closed
 *
 * Invariants:
 * - a post is settled exactly once, and as `ambiguous` only if its request was handed to the socket;
 * - a lane goes from busy to idle only if the parser calls its answer reusable;
 * - a lane that receives bytes while it is not busy closes: they cannot answer one of its requests;
 * - nothing is written to a lane before its last request is flushed: an endpoint that answers early (413) would read the rest of the
 *   body as the next request. Node.js reports a flush in a turn of its own, which may come after the answer;
 * - nothing is written to a lane that was idle for too long, by the wall clock or by the steady clock: endpoints close idle
 *   connections, an execution environment may have been frozen for hours, and the wall clock may have been set;
 * - a lane's time limit excludes the look-up of the endpoint's address, and any time in which the process stood still;
 * - a lane has no timers: its pool sweeps it.
 */
import type { Socket } from 'node:net';
import type { Connector } from './connector';
import type { Post } from './post';
import { ResponseParser, type Parsed } from './response-parser';
import { steadyMillis } from '../steady-millis';

/** Stays below 5 s, after which Node's own servers close an idle connection; most endpoints wait longer. */
export const IDLE_LIMIT_MILLIS = 4_000;

/** A request written longer ago may have been answered long ago, and the endpoint may have closed the connection since. */
const OLD_MILLIS = 250;

/** Events of a lane. The pool may use or close the lane inside a callback. */
export interface LaneOwner {
  /** An answer has come. `ready` or `lost` follows. */
  answered(): void;
  /** The lane is idle, after connecting or after an answer. `mayBeOld` marks an answer that may have come long before it was read. */
  ready(lane: Lane, mayBeOld: boolean): void;
  /** The lane is closed. If the endpoint closed it while it was idle, `idleFor` is the idle time in milliseconds. */
  lost(lane: Lane, reason: string, idleFor?: number): void;
}

export class Lane {
  private readonly socket: Socket;
  private state: 'connecting' | 'idle' | 'busy' | 'closed' = 'connecting';
  private post?: Post;
  private parser = new ResponseParser();
  /** Last request. Its buffer is reused for the next one, so it must be flushed first. */
  private request?: Buffer;
  /** Start of the idle time, on the wall clock and on the steady one. */
  private idleSince = { wall: 0, steady: 0 };
  /** Time of the last write, on the clock of the running process and on the steady one. */
  private carriedAt = { running: 0, steady: 0 };
  /** Start of the connection attempt, on the clock of the running process. */
  private connectingSince?: number;

  /**
   * @param running time in which the process has run, in milliseconds; all time limits use it
   * @param now wall clock in epoch milliseconds
   */
  constructor(
    connector: Pick<Connector, 'open' | 'readyEvent'> & Partial<Pick<Connector, 'looksUp'>>,
    private readonly running: () => number,
    private readonly now: () => number,
    private readonly owner: LaneOwner,
  ) {
    if (!connector.looksUp) this.connectingSince = running();
    this.socket = connector.open((bytes) => this.received(bytes))
      .once('lookup', () => {
        this.connectingSince = running();
      })
      .once(connector.readyEvent, () => this.becomeIdle(false))
      .on('end', () => this.ended())
      .on('error', (error: Error) => this.closedByEndpoint(error.message))
      .on('close', () => this.closedByEndpoint('closed'));
  }

  /** Whether a post may be written to this idle lane. */
  isFresh(idleLimitMillis = IDLE_LIMIT_MILLIS): boolean {
    const isSetBack = this.now() < this.idleSince.wall;
    return this.socket.writable && this.socket.writableLength === 0 && !isSetBack && this.idleFor() <= idleLimitMillis;
  }

  carries(owner: object): boolean {
    return this.post?.owner === owner;
  }

  /** Writes a post; the lane must be idle. */
  carry(post: Post): void {
    this.state = 'busy';
    this.post = post;
    this.carriedAt = { running: this.running(), steady: steadyMillis() };
    this.parser = new ResponseParser();
    this.request = post.request(this.now(), this.request);
    this.socket.write(this.request);
  }

  /** Returns the start of the present wait for the endpoint, on the clock of the running process; undefined while the lane is idle. */
  busySince(): number | undefined {
    return this.state === 'connecting' ? this.connectingSince : this.unansweredSince();
  }

  /** Returns the time since which the endpoint owes an answer, on the clock of the running process; undefined when it owes none. */
  unansweredSince(): number | undefined {
    return this.post && this.carriedAt.running;
  }

  /** Stops the lane in any state. */
  close(reason: string, idleFor?: number): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.socket.destroy();
    this.post?.settle({ kind: 'ambiguous', reason });
    this.post = undefined;
    this.owner.lost(this, reason, idleFor);
  }

  private becomeIdle(mayBeOld: boolean): void {
    if (this.state === 'closed') return;
    this.state = 'idle';
    this.idleSince = { wall: this.now(), steady: steadyMillis() };
    this.owner.ready(this, mayBeOld);
  }

  private received(bytes: Buffer): void {
    if (this.state !== 'busy') return this.close('spoke without being asked');
    const parsed = this.parser.push(bytes);
    if (parsed) this.answered(parsed);
  }

  private ended(): void {
    if (this.state === 'busy') this.answered(this.parser.finish());
    else this.closedByEndpoint('closed by the endpoint');
  }

  private closedByEndpoint(reason: string): void {
    this.close(reason, this.state === 'idle' ? this.idleFor() : undefined);
  }

  /** Takes the larger of two idle times: the steady clock may have stood still, and the wall clock may have been set. */
  private idleFor(): number {
    return Math.max(this.now() - this.idleSince.wall, steadyMillis() - this.idleSince.steady);
  }

  private answered(parsed: Parsed): void {
    if ('malformed' in parsed) return this.close(parsed.malformed);
    this.post?.settle({ kind: 'status', status: parsed.status });
    this.post = undefined;
    this.owner.answered();
    if (parsed.reusable) this.becomeIdle(steadyMillis() - this.carriedAt.steady > OLD_MILLIS);
    else this.close('not reusable');
  }
}
