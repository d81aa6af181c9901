import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requireEnv, requireNumber } from './environment';
import type { HistoryReport } from './history-report';
import { HistoryTable } from './history-table';
import { steadyMillis } from './steady-millis';
import { systemClock } from './system-clock';
import { LAYER_ENV } from '../../src/private/layer-contract';
import { LogReader } from '../core/log/log-reader';
import { LOG_RULES } from '../core/log/log-rules';
import type { Entry, LogClock, LogName } from '../core/log/log-table';
import { LogWriter } from '../core/log/log-writer';
import { lookBack } from '../core/log/look-back';
import type { HistoryLog } from '../core/log/publishers';
import { TailCache } from '../core/log/tail-cache';

/** Share of the remaining time of an invocation that appending may take: the rest is for delivering. */
const APPEND_SHARE = 0.5;

/** The wall clock shows a freeze of the environment; the monotonic clock may stand still in it. */
const CLOCK: LogClock = { now: () => Date.now(), monotonic: steadyMillis };

/** Counts the positions that readers seal. */
class SealCountingTable extends HistoryTable {
  constructor(client: DynamoDBClient, tableName: string, private readonly report: HistoryReport) {
    super(client, tableName);
  }

  override async fill(log: LogName, entry: Entry, abortSignal?: AbortSignal): Promise<Entry | undefined> {
    const found = await super.fill(log, entry, abortSignal);
    if (!entry.message && !found) this.report.sealed(1);
    return found;
  }
}

/** Creates the log of one invocation with a deadline in milliseconds of the system clock. */
export type LogUntil = (deadline: number, abortSignal?: AbortSignal) => HistoryLog;

/** Builds the log from the environment, once, when the function is loaded. */
export function historyLog(client: DynamoDBClient, report: HistoryReport): LogUntil {
  const table = new SealCountingTable(client, requireEnv(LAYER_ENV.historyTableName), report);
  const options = {
    table,
    clock: CLOCK,
    rules: LOG_RULES,
    cache: new TailCache(),
    retentionSeconds: requireNumber(LAYER_ENV.historyRetentionSeconds),
    maxMessages: requireNumber(LAYER_ENV.historyMaxMessages),
    newEpoch: randomUUID,
  };
  const reader = new LogReader(options);
  const writer = new LogWriter(options);
  return (deadline, abortSignal) => {
    const appendDeadline = CLOCK.monotonic() + (deadline - systemClock.now()) * APPEND_SHARE;
    return {
      read: (channel, request, room) => reader.read(channel, request, room, abortSignal),
      find: (channel, ids, notBefore) => lookBack(table, channel, ids, notBefore, abortSignal),
      append: async (channel, message) => {
        const placed = await writer.append(channel, message, appendDeadline, abortSignal);
        report.appended(1);
        return placed;
      },
      appendAll: async (channel, messages) => {
        const appended = await writer.appendAll(channel, messages, appendDeadline, abortSignal);
        report.appended(appended.filter((each) => !('error' in each)).length);
        return appended;
      },
    };
  };
}
