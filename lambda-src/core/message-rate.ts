import type { ConnectionKey } from './connection';
import { RateExceededError, SenderUnknownError } from './errors';

/*
 * How many messages a connection may send: `rate` a second on average, and `burst` at once. It is a token bucket, written as
 * the instant up to which the sender's rate is spent: a message costs 1000 / rate ms of it, and may be sent while no more than
 * burst messages are spent ahead of its time.
 *
 * Invariants: the instant is on the sender's own row, so that it is the same for all invocations; it only grows; each message
 * is taken by one conditional update, which also proves that the sender is stored, and which never creates a row, whatever
 * deletes it meanwhile. All times are those at which API Gateway received the messages, never the handler's.
 */

/** What the row of a sender says of its rate. */
export interface SpentRate {
  /** Epoch milliseconds. */
  readonly spentUntil?: number;
  /** When the sender was last told that it is over its rate; epoch milliseconds. */
  readonly toldAt?: number;
}

/** What came of a conditional update: `done`, or not, and then perhaps what the row says. */
export type Update = { readonly done: true; readonly spentUntil: number } | { readonly done: false; readonly row?: SpentRate };

/** Conditional updates of the row of a sender. None of them creates one; each rejects when it is told to stop. */
export interface SenderRows {
  /** Spends up to `until`, if nothing is spent from `from` on. */
  begin(sender: ConnectionKey, until: number, from: number, abortSignal?: AbortSignal): Promise<Update>;
  /** Spends `cost` more, if it is spent up to an instant from `from` to `latest`. */
  advance(sender: ConnectionKey, cost: number, from: number, latest: number, abortSignal?: AbortSignal): Promise<Update>;
  /** Notes that the sender is told at `at`, if it was not told since `since`. */
  tell(sender: ConnectionKey, at: number, since: number, abortSignal?: AbortSignal): Promise<boolean>;
  isStored(sender: ConnectionKey, abortSignal?: AbortSignal): Promise<boolean>;
}

export interface MessageRateOptions {
  /** Messages per second. */
  readonly rate: number;
  readonly burst: number;
}

/** How often a message is tried to be taken while other invocations take messages of the same sender. */
const TRIES = 3;
/** The sender is told once a second that it is over its rate. */
const TOLD_MILLIS = 1_000;
/** Of so many senders it is remembered what was last seen on their row. */
const REMEMBERED = 2_000;
/** Sums of fractions are off by less. */
const EPSILON_MILLIS = 0.01;

export class MessageRate {
  private readonly cost: number;
  private readonly seen = new Map<string, SpentRate>();

  constructor(private readonly options: MessageRateOptions, private readonly rows: SenderRows) {
    this.cost = 1000 / options.rate;
  }

  /**
   * Whether a message may be sent that was received at `at`. Throws, once a second, what tells a sender that it is over its
   * rate; false in between. Throws when the sender has no row.
   */
  async admits(sender: ConnectionKey, at: number, abortSignal?: AbortSignal): Promise<boolean> {
    const latest = at + (this.options.burst - 1) * this.cost + EPSILON_MILLIS;
    let spent = this.recall(sender).spentUntil;
    for (let tries = 0; tries < TRIES; tries++) {
      // It only grows: what was once too late is too late for ever.
      if (spent !== undefined && spent > latest) break;
      const isAhead = spent !== undefined && spent >= at;
      const update = isAhead
        ? await this.rows.advance(sender, this.cost, at, latest, abortSignal)
        : await this.rows.begin(sender, at + this.cost, at, abortSignal);
      if (update.done) {
        this.remember(sender, { spentUntil: update.spentUntil });
        return true;
      }
      if (update.row) this.remember(sender, update.row);
      // Emulators of DynamoDB do not say what the row is: then the other way is tried, and after it nothing.
      else if (isAhead) break;
      spent = update.row ? update.row.spentUntil : at;
    }
    await this.tell(sender, at, abortSignal);
    return false;
  }

  private async tell(sender: ConnectionKey, at: number, abortSignal?: AbortSignal): Promise<void> {
    const { toldAt } = this.recall(sender);
    if (toldAt !== undefined && toldAt > at - TOLD_MILLIS) return;
    if (await this.rows.tell(sender, at, at - TOLD_MILLIS, abortSignal)) {
      this.remember(sender, { toldAt: at });
      throw new RateExceededError(this.options.rate, this.options.burst);
    }
    if (!await this.rows.isStored(sender, abortSignal)) throw new SenderUnknownError();
    this.remember(sender, { toldAt: at });
  }

  private recall(sender: ConnectionKey): SpentRate {
    return this.seen.get(keyOf(sender)) ?? {};
  }

  private remember(sender: ConnectionKey, news: SpentRate): void {
    const key = keyOf(sender);
    const known = this.seen.get(key);
    this.seen.delete(key);
    this.seen.set(key, { ...known, ...news });
    if (this.seen.size > REMEMBERED) this.seen.delete(this.seen.keys().next().value!);
  }
}

function keyOf({ connectionId, connectedAt }: ConnectionKey): string {
  return `${connectionId} ${connectedAt}`;
}
