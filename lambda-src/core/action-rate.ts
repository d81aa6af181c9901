import type { ConnectionKey } from './connection';
import { RateExceededError } from './errors';
import { MessageRate, type MessageRateOptions, type SenderRows } from './message-rate';

/** To send a message again costs as much as this many: it may read a mebibyte. */
const COST_OF_AGAIN = 10;

/**
 * The rate of a sender's actions, which is that of its messages: both are spent on the same row.
 *
 * Invariant: to spend ten messages at once at a rate is to spend one at a tenth of the rate, with a tenth of the burst.
 */
export class ActionRate {
  private readonly single: MessageRate;
  private readonly again: MessageRate;

  constructor(private readonly options: MessageRateOptions, rows: SenderRows, single?: MessageRate) {
    const { rate, burst } = options;
    this.single = single ?? new MessageRate(options, rows);
    // Where the burst is smaller, a sender that has spent nothing may still send again.
    this.again = new MessageRate({ rate: rate / COST_OF_AGAIN, burst: Math.max(1, burst / COST_OF_AGAIN) }, rows);
  }

  /** Rejects with a `RateExceededError` whenever the sender is over its rate: an action is always answered. */
  async spend(sender: ConnectionKey, at: number, again: boolean, abortSignal?: AbortSignal): Promise<void> {
    const admitted = await (again ? this.again : this.single).admits(sender, at, abortSignal).catch((error: unknown) => {
      if (error instanceof RateExceededError) return false;
      throw error;
    });
    if (!admitted) throw new RateExceededError(this.options.rate, this.options.burst);
  }
}
