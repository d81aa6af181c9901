/**
 * A lane: one socket, which carries one POST at a time.
 *
 *     connecting ──> idle <──> busy        each of them ──> closed
 *
 * Invariants:
 * - a post is settled exactly once, and `ambiguous` is said of none whose request was not handed to the socket;
 * - a lane goes from busy to idle only if the parser calls its answer reusable;
 * - a lane that speaks while it is not busy closes: whatever it says, it is no answer to a request of ours;
 * - nothing is written to a lane whose last request has not been flushed whole: an endpoint that answers early (413) would
 *   take what is left of the body for the next request. Node.js tells of a flush in a turn of its own, which may come after the answer;
 * - nothing is written to a lane that was idle for too long, by the wall clock or by the steady one: endpoints close idle
 *   connections, an execution environment may have been frozen for hours since, and the wall clock may have been set;
 * - the time that it takes to find the endpoint's address is not the lane's, nor is that in which the process stood still;
 * - a lane has no timers: its pool sweeps it.
 */
import type { Socket } from 'node:net';
import type { Connector } from './connector';
import type { Post } from './post';
import { ResponseParser, type Parsed } from './response-parser';
import { steadyMillis } from '../steady-millis';

/** Under the 5 s after which Node's own servers close an idle connection; most wait longer. */
export const IDLE_LIMIT_MILLIS = 4_000;

/** What was written so long before may have been answered long ago: the endpoint may have closed the connection since. */
const OLD_MILLIS = 250;

/** What a lane tells its pool. The pool may use or close the lane from within. */
export interface LaneOwner {
  /** An answer has come. `ready` or `lost` follows. */
  answered(): void;
  /** The lane is idle: connected just now, or after an answer, which may have come long before it was read. */
  ready(lane: Lane, mayBeOld: boolean): void;
  /** The lane is closed. `idleFor` is set when the endpoint closed it while it was idle: for how many milliseconds it had been. */
  lost(lane: Lane, reason: string, idleFor?: number): void;
}

export class Lane {
  private readonly socket: Socket;
  private state: 'connecting' | 'idle' | 'busy' | 'closed' = 'connecting';
  private post?: Post;
  private parser = new ResponseParser();
  /** The last request. It is flushed whole before the next is written, so over it. */
  private request?: Buffer;
  /** By the wall clock, and by the steady one. */
  private idleSince = { wall: 0, steady: 0 };
  /** By the clock of the running process, and by the steady one. */
  private carriedAt = { running: 0, steady: 0 };
  /** Since when the endpoint is being connected to, by the clock of the running process. */
  private connectingSince?: number;

  /**
   * @param running how long the process has run, in milliseconds: what limits are held by
   * @param now the wall clock, in epoch milliseconds
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

  /** Since when, by the clock of the running process, the endpoint keeps this lane waiting; never while it is idle. */
  busySince(): number | undefined {
    return this.state === 'connecting' ? this.connectingSince : this.unansweredSince();
  }

  /** Since when, by the clock of the running process, the endpoint has owed an answer; undefined when it owes none. */
  unansweredSince(): number | undefined {
    return this.post && this.carriedAt.running;
  }

  /** Breaks off whatever the lane is at. */
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

  /** The steady clock may have stood still in between, and the wall clock may have been set. */
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
