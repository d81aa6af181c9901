import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { credentialsFrom } from './connections-api/credentials';
import { SignedSender } from './connections-api/signed-sender';
import { ConnectionsTable } from './connections-table';
import { optionalNumber, requireEnv, requireNumber } from './environment';
import { requestQuota } from './region-quota';
import { SharedBudget } from './shared-budget';
import { systemClock } from './system-clock';
import { ALL_CONNECTIONS, ENV } from '../../src/private/contract';
import type { DeliveryPorts } from '../core/delivery-ports';

/**
 * Builds the ports of delivery from the environment, once, when the function is loaded.
 *
 * @param pageRows see `ConnectionsTable`
 */
export function deliveryPorts(client: DynamoDBClient, { pageRows }: { pageRows?: number } = {}): DeliveryPorts {
  const tableName = requireEnv(ENV.tableName);
  const region = requireEnv('AWS_REGION');
  const table = new ConnectionsTable(client, tableName, pageRows);
  const sender = new SignedSender({
    callbackUrl: requireEnv(ENV.callbackUrl),
    region,
    credentials: () => credentialsFrom(process.env),
    memoryMegabytes: requireNumber('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
  });
  // The other half of the quota is left to the account's other APIs.
  const rate = optionalNumber(ENV.deliveryRateLimit) ?? requestQuota(region) / 2;
  return {
    recipientsOf: (target) => {
      // Taking it for a message to everyone would show all clients a message meant for some.
      if (target !== ALL_CONNECTIONS) throw new Error(`a message must be for '${ALL_CONNECTIONS}', got '${target}'; this API has no channels: leave the target out`);
      return table;
    },
    rows: table,
    sender,
    budget: new SharedBudget(client, tableName, rate, systemClock),
    clock: systemClock,
    random: Math.random,
    maxInFlight: Math.min(sender.maxInFlight, optionalNumber(ENV.maxInFlight) ?? Infinity),
  };
}
