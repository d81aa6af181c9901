import { type Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';

/**
 * Options of the history of an API.
 *
 * `{}` switches it on.
 */
export interface HistoryOptions {
  /**
   * Time for which a message can be recovered, from 5 minutes to 7 days.
   *
   * A client that was away for longer learns that it missed messages. DynamoDB deletes the entries afterwards, at no cost.
   *
   * @default Duration.hours(24)
   */
  readonly retention?: Duration;

  /**
   * Number of the newest messages that can be recovered, from 1 to 100,000.
   *
   * @default 10000
   */
  readonly maxMessages?: number;

  /**
   * Whether DynamoDB keeps backups of the table for 35 days, from which it can be restored to any second.
   *
   * It is billed by the size of the table. A restored table needs one more step before an API uses it: see docs/history.md.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;

  /**
   * Removal policy of the table, independent of the `removalPolicy` of the API.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Your own table, with the keys `channel` (string) and `position` (number).
   *
   * `channel` is the partition key, `position` the sort key. The time to live attribute is `ttl`. The table must belong to this API alone, and be
   * in its account and region. The keys of an imported table cannot be checked at synth.
   *
   * @default - a new table, paid per request, encrypted with the `encryptionKey` of the API
   */
  readonly table?: ITable;
}
