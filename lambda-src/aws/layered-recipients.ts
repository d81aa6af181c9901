import { GetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE } from '../../src/private/contract';
import { TARGET_PREFIX } from '../../src/private/layer-contract';
import type { RecipientSource } from '../core/connection';
import type { DeliveryPorts } from '../core/delivery-ports';
import type { MemberTable } from '../core/members/member-table';
import type { Target } from '../core/target';

export interface RecipientTables {
  readonly client: DynamoDBClient;
  readonly connectionsTableName: string;
  /** Absent without channels and users; a message can then still be for one connection. */
  readonly members?: MemberTable;
  /** Finds all connections. */
  readonly all: DeliveryPorts['recipientsOf'];
}

/** Finds the recipients of any target. Each read is consistent. */
export function layeredRecipients({ client, connectionsTableName, members, all }: RecipientTables): DeliveryPorts['recipientsOf'] {
  return (target: Target) => {
    const { channel, connection } = TARGET_PREFIX;
    if (members && target.startsWith(channel)) return members.membersOf(target.slice(channel.length));
    if (target.startsWith(connection)) return oneConnection(client, connectionsTableName, target.slice(connection.length));
    return all(target);
  };
}

function oneConnection(client: DynamoDBClient, TableName: string, connectionId: string): RecipientSource {
  return {
    async* pages(abortSignal) {
      const { Item } = await client.send(new GetItemCommand({
        TableName, ConsistentRead: true, Key: { [ATTRIBUTE.connectionId]: { S: connectionId } },
      }), { abortSignal });
      const numberIn = (name: string) => (Item?.[name]?.N === undefined ? undefined : Number(Item[name].N));
      if (Item) yield [{ connectionId, connectedAt: numberIn(ATTRIBUTE.connectedAt), ttl: numberIn(ATTRIBUTE.ttl) }];
    },
  };
}
