import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConnectionsTable } from './connections-table';
import { originRule, requireEnv, requireNumber } from './environment';
import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { systemClock } from './system-clock';
import { ENV, METRIC_CONNECTION_STORE_FAILURES } from '../../src/private/contract';
import type { ConnectPorts } from '../core/connect';

/** Builds the ports of connecting from the environment, once, when the function is loaded. */
export function connectPorts(client: DynamoDBClient): ConnectPorts {
  const metrics = new MetricLines();
  return {
    rows: new ConnectionsTable(client, requireEnv(ENV.tableName)),
    clock: systemClock,
    ttlSeconds: requireNumber(ENV.connectionTtlSeconds),
    origins: originRule(),
    report: {
      originRefused: () => logger().info('a client was refused: it named no origin, or one that is not among allowedOrigins'),
      storeFailed: (error) => {
        logger().error('the connection was refused because it could not be stored: check the permissions and throttles of the connections table', error as Error);
        metrics.write({ [METRIC_CONNECTION_STORE_FAILURES]: 1 });
      },
    },
  };
}
