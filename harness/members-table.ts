import { CreateTableCommand, waitUntilTableExists, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MEMBER_ATTRIBUTE } from '../src/private/layer-contract';

export async function createMembersTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [MEMBER_ATTRIBUTE.channel, MEMBER_ATTRIBUTE.connectionId].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: [{ AttributeName: MEMBER_ATTRIBUTE.channel, KeyType: 'HASH' }, { AttributeName: MEMBER_ATTRIBUTE.connectionId, KeyType: 'RANGE' }],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName: tableName });
}
