import { CreateTableCommand, waitUntilTableExists, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HISTORY_ATTRIBUTE } from '../src/private/contract';

export async function createHistoryTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: HISTORY_ATTRIBUTE.channel, AttributeType: 'S' }, { AttributeName: HISTORY_ATTRIBUTE.position, AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: HISTORY_ATTRIBUTE.channel, KeyType: 'HASH' }, { AttributeName: HISTORY_ATTRIBUTE.position, KeyType: 'RANGE' },
    ],
  }));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName: tableName });
}
