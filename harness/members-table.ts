import { CreateTableCommand, waitUntilTableExists, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MEMBER_ATTRIBUTE, REVERSE_ROW_PREFIX } from '../src/private/layer-contract';

export async function createMembersTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [MEMBER_ATTRIBUTE.channel, MEMBER_ATTRIBUTE.connectionId].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: [{ AttributeName: MEMBER_ATTRIBUTE.channel, KeyType: 'HASH' }, { AttributeName: MEMBER_ATTRIBUTE.connectionId, KeyType: 'RANGE' }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName: tableName });
}

export interface MemberRow {
  readonly channel: string;
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly ttl: number;
}

/** Both rows of a member, as a `subscribe` of its first second writes them. */
export function memberItems({ channel, connectionId, connectedAt, ttl }: MemberRow): Record<string, AttributeValue>[] {
  const rest = {
    [MEMBER_ATTRIBUTE.connectedAt]: { N: String(connectedAt) },
    [MEMBER_ATTRIBUTE.at]: { N: String(connectedAt + 1_000) },
    [MEMBER_ATTRIBUTE.ttl]: { N: String(ttl) },
  };
  return [
    { [MEMBER_ATTRIBUTE.channel]: { S: channel }, [MEMBER_ATTRIBUTE.connectionId]: { S: connectionId }, ...rest },
    {
      [MEMBER_ATTRIBUTE.channel]: { S: `${REVERSE_ROW_PREFIX}${connectionId}` },
      [MEMBER_ATTRIBUTE.connectionId]: { S: channel },
      [MEMBER_ATTRIBUTE.request]: { S: connectionId },
      ...rest,
    },
  ];
}
