import type { ConnectionKey } from './connection';
import { RateExceededError } from './errors';
import { MessageRate, type MessageRateOptions, type SenderRows } from './message-rate';

/** Cost of sending a message again, in messages: it may read a mebibyte. */
const COST_OF_AGAIN = 10;

/**
 * The rate of a sender's actions. It is the rate of the sender's messages: both are spent on the same row.
 *
 * Invariant: ten messages at once at one rate cost the same as one message at a tenth of the rate and of the burst.
 */
export class ActionRate {
  private readonly single: MessageRate;
  private readonly again: MessageRate;

  constructor(private readonly options: MessageRateOptions, rows: SenderRows, single?: MessageRate) {
    const { rate, burst } = options;
    this.single = single ?? new MessageRate(options, rows);
    // With a smaller burst, a sender that has spent nothing may still send again.
    this.again = new MessageRate({ rate: rate / COST_OF_AGAIN, burst: Math.max(1, burst / COST_OF_AGAIN) }, rows);
  }

  /** Rejects with a `RateExceededError` for every action over the rate: an action is always answered. */
  async spend(sender: ConnectionKey, at: number, again: boolean, abortSignal?: AbortSignal): Promise<void> {
    const admitted = await (again ? this.again : this.single).admits(sender, at, abortSignal).catch((error: unknown) => {
      if (error instanceof RateExceededError) return false;
      throw error;
    });
    if (!admitted) throw new RateExceededError(this.options.rate, this.options.burst);
  }
}
