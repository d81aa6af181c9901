import { Token } from 'aws-cdk-lib';
import { BOUND } from './private/contract';
import { checkInteger, formatValue } from './private/validation/checks';

/**
 * Settings of a message rate limit for the function that takes messages.
 *
 * @internal
 */
export interface MessageRateSettings {
  readonly rate: number;
  readonly burst: number;
}

/**
 * Limit of the messages that one connection may send.
 */
export class MessageRateLimit {
  /**
   * Limits the average rate and the burst of messages.
   *
   * The count is kept on the row of the connection: one write to the table for each message, which delays it by a few milliseconds.
   * The write also proves that the sender is stored. Pings are not counted.
   *
   * @param rate messages per second, from 0.1 to 1,000
   * @param burst messages at once, from 1 to 10,000, by default those of three seconds
   * @throws an error when a number is not valid
   */
  public static perSecond(rate: number, burst?: number): MessageRateLimit {
    if (!Token.isUnresolved(rate) && !(rate >= 0.1 && rate <= BOUND.maxMessageRate)) {
      throw new Error(
        `'rate' must be between 0.1 and ${BOUND.maxMessageRate} messages per second, got ${formatValue(rate)}; DynamoDB writes no row more often: use MessageRateLimit.unlimited() for no limit`,
      );
    }
    checkInteger('burst', burst, 1, BOUND.maxMessageBurst, 'messages', 'a connection needs one at least: leave it out to get three seconds\' worth');
    if (burst === undefined && Token.isUnresolved(rate)) {
      throw new Error("'burst' must be given with a 'rate' that is a token, got none; three times an unknown rate is unknown: give a number");
    }
    return new MessageRateLimit({ rate, burst: burst ?? Math.max(1, Math.round(3 * rate)) });
  }

  /**
   * Does not limit the messages of a connection.
   *
   * One hostile client can then use up `throttle` and `deliveryRateLimit`. It saves the write for each message. Use it when you trust all clients.
   */
  public static unlimited(): MessageRateLimit {
    return new MessageRateLimit();
  }

  private constructor(
    /** @internal */
    public readonly _settings?: MessageRateSettings,
  ) {}
}
