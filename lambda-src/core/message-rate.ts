import type { ConnectionKey } from './connection';
import { RateExceededError, SenderUnknownError } from './errors';

/*
 * The message rate of a connection: `rate` a second on average, and `burst` at once. It is a token bucket, written as the instant up to
 * which the sender's rate is spent. A message costs 1000 / rate ms, and may be sent while no more than `burst` messages are spent ahead of
 * its time.
 *
 * Invariants: the instant is on the sender's own row, so that all invocations share it; it only grows; one conditional update takes each
 * message. The update also proves that the sender is stored, and never creates a row, even if the row is deleted meanwhile. All times are
 * those at which API Gateway received the messages, never the handler's.
 */

/** Rate state on the row of a sender. */
export interface SpentRate {
  /** Epoch milliseconds. */
  readonly spentUntil?: number;
  /** Time of the last error for its rate, in epoch milliseconds. */
  readonly toldAt?: number;
}

/** Result of a conditional update: done, or refused, possibly with the state of the row. */
export type Update = { readonly done: true; readonly spentUntil: number } | { readonly done: false; readonly row?: SpentRate };

/** Conditional updates of a sender's row. None creates a row; each rejects when the signal aborts. */
export interface SenderRows {
  /** Spends up to `until`, if nothing is spent from `from` on. */
  begin(sender: ConnectionKey, until: number, from: number, abortSignal?: AbortSignal): Promise<Update>;
  /** Spends `cost` more, if the rate is spent up to an instant from `from` to `latest`. */
  advance(sender: ConnectionKey, cost: number, from: number, latest: number, abortSignal?: AbortSignal): Promise<Update>;
  /** Records an error for the rate at `at`, if there was none since `since`. */
  tell(sender: ConnectionKey, at: number, since: number, abortSignal?: AbortSignal): Promise<boolean>;
  isStored(sender: ConnectionKey, abortSignal?: AbortSignal): Promise<boolean>;
}

export interface MessageRateOptions {
  /** Messages per second. */
  readonly rate: number;
  readonly burst: number;
}

/** Attempts to take a message while other invocations take messages of the same sender. */
const TRIES = 3;
/** Shortest time between two errors for a sender's rate. */
const TOLD_MILLIS = 1_000;
/** Number of senders whose last known state is remembered. */
const REMEMBERED = 2_000;
/** Larger than the rounding error of a sum of fractions. */
const EPSILON_MILLIS = 0.01;

export class MessageRate {
  private readonly cost: number;
  private readonly seen = new Map<string, SpentRate>();

  constructor(private readonly options: MessageRateOptions, private readonly rows: SenderRows) {
    this.cost = 1000 / options.rate;
  }

  /**
   * Whether a message received at `at` may be sent. Over the rate it throws once a second, so that the sender gets an error; in between it
   * returns false. Throws when the sender has no row.
   */
  async admits(sender: ConnectionKey, at: number, abortSignal?: AbortSignal): Promise<boolean> {
    const latest = at + (this.options.burst - 1) * this.cost + EPSILON_MILLIS;
    let spent = this.recall(sender).spentUntil;
    for (let tries = 0; tries < TRIES; tries++) {
      // The instant only grows: a message that is too late stays too late.
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
