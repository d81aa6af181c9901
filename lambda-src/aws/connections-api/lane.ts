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
 * - nothing is written to a lane that was idle for over four seconds by the wall clock: endpoints close idle connections,
 *   and an execution environment may have been frozen for hours since. The clock may also have been set back;
 * - a lane has no timers: its pool sweeps it.
 */
import type { Socket } from 'node:net';
import type { Connector } from './connector';
import type { Post } from './post';
import { ResponseParser, type Parsed } from './response-parser';

/** Under the 5 s after which Node's own servers close an idle connection; most wait longer. */
const IDLE_LIMIT_MILLIS = 4_000;

/** What a lane tells its pool. The pool may use or close the lane from within. */
export interface LaneOwner {
  /** An answer has come. `ready` or `lost` follows. */
  answered(): void;
  /** The lane is idle: connected just now, or after an answer. */
  ready(lane: Lane): void;
  /** The lane is closed. */
  lost(lane: Lane, reason: string): void;
}

export class Lane {
  private readonly socket: Socket;
  private state: 'connecting' | 'idle' | 'busy' | 'closed' = 'connecting';
  private post?: Post;
  private parser = new ResponseParser();
  /** The last request. It is flushed whole before the next is written, so over it. */
  private request?: Buffer;
  private idleSince = 0;
  private carriedAt = 0;

  /**
   * @param openedAt by the steady clock, which limits are held by
   * @param now the wall clock, in epoch milliseconds
   */
  constructor(
    connector: Pick<Connector, 'open' | 'readyEvent'>,
    private readonly openedAt: number,
    private readonly now: () => number,
    private readonly owner: LaneOwner,
  ) {
    this.socket = connector.open((bytes) => this.received(bytes))
      .once(connector.readyEvent, () => this.becomeIdle())
      .on('end', () => this.ended())
      .on('error', (error: Error) => this.close(error.message))
      .on('close', () => this.close('closed'));
  }

  /** Whether a post may be written to this idle lane. */
  isFresh(): boolean {
    const idleFor = this.now() - this.idleSince;
    return this.socket.writable && this.socket.writableLength === 0 && idleFor >= 0 && idleFor <= IDLE_LIMIT_MILLIS;
  }

  carries(owner: object): boolean {
    return this.post?.owner === owner;
  }

  /** Writes a post; the lane must be idle. */
  carry(post: Post): void {
    this.state = 'busy';
    this.post = post;
    this.carriedAt = performance.now();
    this.parser = new ResponseParser();
    this.request = post.request(this.now(), this.request);
    this.socket.write(this.request);
  }

  /** Since when, by the steady clock, somebody waits for this lane; never while it is idle. */
  busySince(): number | undefined {
    return this.state === 'connecting' ? this.openedAt : this.unansweredSince();
  }

  /** Since when, by the steady clock, the endpoint has owed an answer; undefined when it owes none. */
  unansweredSince(): number | undefined {
    return this.post && this.carriedAt;
  }

  /** Breaks off whatever the lane is at. */
  close(reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.socket.destroy();
    this.post?.settle({ kind: 'ambiguous', reason });
    this.post = undefined;
    this.owner.lost(this, reason);
  }

  private becomeIdle(): void {
    if (this.state === 'closed') return;
    this.state = 'idle';
    this.idleSince = this.now();
    this.owner.ready(this);
  }

  private received(bytes: Buffer): void {
    if (this.state !== 'busy') return this.close('spoke without being asked');
    const parsed = this.parser.push(bytes);
    if (parsed) this.answered(parsed);
  }

  private ended(): void {
    if (this.state === 'busy') this.answered(this.parser.finish());
    else this.close('closed by the endpoint');
  }

  private answered(parsed: Parsed): void {
    if ('malformed' in parsed) return this.close(parsed.malformed);
    this.post?.settle({ kind: 'status', status: parsed.status });
    this.post = undefined;
    this.owner.answered();
    if (parsed.reusable) this.becomeIdle();
    else this.close('not reusable');
  }
}
