import { Tokenization } from 'aws-cdk-lib';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type HistoryOptions } from '../../history-options';
import { LAYER_ENV } from '../layer-contract';

/** Bounds and defaults of the history's options. */
export const HISTORY_LIMIT = {
  minRetentionSeconds: 5 * 60,
  maxRetentionSeconds: 7 * 24 * 60 * 60,
  defaultRetentionSeconds: 24 * 60 * 60,
  maxMessages: 100_000,
  defaultMessages: 10_000,
  /** A page of 28 KB holds one message at least. */
  messageBytes: 24 * 1024,
} as const;

/** Environment of functions that use the history. */
export function historyEnvironment(table: ITable, { retention, maxMessages }: HistoryOptions): Record<string, string> {
  return {
    [LAYER_ENV.historyTableName]: table.tableName,
    [LAYER_ENV.historyRetentionSeconds]: Tokenization.stringifyNumber(retention?.toSeconds() ?? HISTORY_LIMIT.defaultRetentionSeconds),
    [LAYER_ENV.historyMaxMessages]: Tokenization.stringifyNumber(maxMessages ?? HISTORY_LIMIT.defaultMessages),
  };
}
