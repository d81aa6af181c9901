import { type Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';

/** Reads and writes of a table that DynamoDB throttled. */
export function throttlesOf(table: ITable, period: Duration): Metric[] {
  return ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) => tableMetric(table, name, period));
}

/** Units of reading and writing that a table took. */
export function capacityOf(table: ITable, period: Duration): Metric[] {
  return ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'].map((name) => tableMetric(table, name, period));
}

function tableMetric(table: ITable, metricName: string, period: Duration): Metric {
  return new Metric({ namespace: 'AWS/DynamoDB', metricName, dimensionsMap: { TableName: table.tableName }, statistic: Stats.SUM, period });
}
