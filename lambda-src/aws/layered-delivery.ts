import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { deliveryPorts } from './delivery-ports';
import { requireEnv } from './environment';
import { layeredRecipients } from './layered-recipients';
import { forgetting, membersTable } from './members';
import { ENV } from '../../src/private/contract';
import type { DeliveryPorts } from '../core/delivery-ports';

/** Builds the ports of delivery where recipients may be members of a channel. @param pageRows see `ConnectionsTable` */
export function layeredDelivery(client: DynamoDBClient, options: { pageRows?: number } = {}): DeliveryPorts {
  const base = deliveryPorts(client, options);
  const members = membersTable(client, options);
  const recipientsOf = layeredRecipients({ client, connectionsTableName: requireEnv(ENV.tableName), members, all: base.recipientsOf });
  return { ...base, recipientsOf, ...forgetting(members) };
}
