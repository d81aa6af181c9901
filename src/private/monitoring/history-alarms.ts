import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type AlarmDefinition, PERIOD } from './alarms';
import { throttlesOf } from './table-metrics';
import { type IBroadcastMetrics } from '../../broadcast-metrics';

/** The alarms of an API with a history. */
export function historyAlarms(api: IBroadcastMetrics, table: ITable): AlarmDefinition[] {
  return [
    {
      id: 'HistoryFailures',
      option: 'historyFailures',
      metric: api.metricHistoryFailures({ period: PERIOD }),
      threshold: 1,
      description: 'Messages were refused or clients could not read, since the history was not available; their senders were told. '
        + 'Look at the throttles of the history table, its key, and the permissions of the handlers; their logs have the error.',
    },
    {
      id: 'HistoryThrottles',
      option: 'historyThrottles',
      metric: allThrottlesOf(table),
      threshold: 1,
      description: 'DynamoDB throttled the history table. More than 1,000 messages a second are refused with rate_exceeded: publish less often. '
        + 'Below that, a new table or one that was idle takes some minutes to grow: see its capacity on the dashboard, and pre-warm it before a launch.',
    },
    {
      id: 'UndeliveredMessages',
      option: 'undeliveredMessages',
      metric: api.metricUndeliveredMessages({ period: PERIOD }),
      threshold: 1,
      description: 'Messages are in the history, and were not passed on: clients get them only when they ask. '
        + 'Look at the permissions and throttles of the message queue, or the read throttles of the connections table; the log has the error.',
    },
    {
      id: 'FailedRecoveries',
      option: 'failedRecoveries',
      metric: api.metricFailedRecoveries({ period: PERIOD }),
      threshold: 100,
      description: 'Clients came back to a history that no longer has what they missed. '
        + 'All at once: see whether the table was replaced or restored, since a new epoch begins then. A few all day: raise history.retention or history.maxMessages.',
    },
    {
      id: 'SealedPositions',
      option: 'sealedPositions',
      metric: api.metricSealedPositions({ period: PERIOD }),
      threshold: 10,
      description: 'Functions reserved positions and did not fill them, so that readers had to wait for two seconds. '
        + 'Look at errors, time-outs and memory of the message handler and the delivery handler, and at the write throttles of the history table.',
    },
  ];
}

/** Reads and writes together: where one of them has no data, it has not been throttled. */
function allThrottlesOf(table: ITable): IMetric {
  const [reads, writes] = throttlesOf(table, PERIOD);
  return new MathExpression({
    expression: 'FILL(reads, 0) + FILL(writes, 0)', usingMetrics: { reads, writes }, label: 'Throttles of the history table', period: PERIOD,
  });
}
