import { checkDuration, checkInteger } from './checks';
import { checkRemovalPolicy } from './handler-checks';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { type HistoryOptions } from '../../history-options';
import { MessageFormat } from '../../message-format';
import { HISTORY_LIMIT } from '../storage/history-settings';

/** Options that say how a new table is made. */
const OF_A_NEW_TABLE = ['pointInTimeRecovery', 'removalPolicy'] as const;

/** Throws on the first prop with which clients could not rely on the history. Creates nothing. */
export function checkHistory(props: BroadcastWebSocketApiProps): void {
  const { history, messageFormat = MessageFormat.ATTRIBUTED, excludeSender } = props;
  if (!history) return;
  if (messageFormat._name !== MessageFormat.ENVELOPE._name) {
    throw new Error(
      `'messageFormat' must be MessageFormat.ENVELOPE or BATCH with 'history', got ${messageFormat._name}; no other format tells clients the position of a message: `
      + 'set messageFormat: MessageFormat.ENVELOPE, or leave history out',
    );
  }
  if (excludeSender) {
    throw new Error(
      "'excludeSender' must be left out with 'history', got true; a sender that misses its own messages has gaps in what it received: "
      + 'leave it out, and let the client drop the message that its ack names',
    );
  }
  checkOptions(history);
}

function checkOptions(history: HistoryOptions): void {
  const { minRetentionSeconds, maxRetentionSeconds, maxMessages } = HISTORY_LIMIT;
  checkDuration('history.retention', history.retention, minRetentionSeconds, maxRetentionSeconds, 'a history is for clients that were away, and no archive: use Duration.hours(24)');
  checkInteger('history.maxMessages', history.maxMessages, 1, maxMessages, 'messages', 'clients read them page by page: leave it out to get 10000');
  checkRemovalPolicy(history.removalPolicy, 'history.removalPolicy');
  for (const option of OF_A_NEW_TABLE.filter((each) => history.table && history[each] !== undefined)) {
    throw new Error(`'history.${option}' must be left out with a table of yours, got ${String(history[option])}; set it where that table is created`);
  }
}
