import { type Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';

/**
 * Options of the history of an API.
 *
 * `{}` switches it on.
 */
export interface HistoryOptions {
  /**
   * How long a message can be recovered, from 5 minutes to 7 days.
   *
   * A client that was away for longer is told that it has missed messages. DynamoDB deletes the entries afterwards, at no cost.
   *
   * @default Duration.hours(24)
   */
  readonly retention?: Duration;

  /**
   * How many of the newest messages can be recovered, from 1 to 100,000.
   *
   * @default 10000
   */
  readonly maxMessages?: number;

  /**
   * Whether DynamoDB keeps backups of the table for 35 days, from which it can be restored to any second.
   *
   * It is billed by the size of the table. A restored table needs a new start: see docs/history.md.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;

  /**
   * What becomes of the table when it leaves the stack, whatever the `removalPolicy` of the API is.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * A table of yours, with the partition key `channel` (string), the sort key `position` (number) and the time to live attribute `ttl`.
   *
   * It must belong to this API alone, and be in its account and region. Whether an imported table has the right keys cannot
   * be checked at synth.
   *
   * @default - a new table, paid per request, encrypted with the `encryptionKey` of the API
   */
  readonly table?: ITable;
}
