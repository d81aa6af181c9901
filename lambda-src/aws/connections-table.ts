import {
  ConditionalCheckFailedException, DeleteItemCommand, PutItemCommand, type DynamoDBClient, type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { scanPage } from './scan-rows';
import { ATTRIBUTE } from '../../src/private/contract';
import type { StoredConnection } from '../core/connect';
import type { Connection, RecipientSource } from '../core/connection';
import type { ConnectionRows } from '../core/forget';

/** The connections table in DynamoDB. */
export class ConnectionsTable implements RecipientSource, ConnectionRows {
  /** @param pageRows most rows of a page; by default as many as DynamoDB returns at once: 1 MB, some 10,000 rows */
  constructor(private readonly client: DynamoDBClient, private readonly tableName: string, private readonly pageRows?: number) {}

  async store({ connectionId, connectedAt, ttl }: StoredConnection, abortSignal?: AbortSignal): Promise<void> {
    await this.client.send(new PutItemCommand({
      TableName: this.tableName,
      Item: {
        [ATTRIBUTE.connectionId]: { S: connectionId },
        [ATTRIBUTE.connectedAt]: { N: String(connectedAt) },
        [ATTRIBUTE.ttl]: { N: String(ttl) },
      },
    }), { abortSignal });
  }

  async remove(connectionId: string, connectedAt: number, abortSignal?: AbortSignal): Promise<void> {
    const command = new DeleteItemCommand({
      TableName: this.tableName,
      Key: { [ATTRIBUTE.connectionId]: { S: connectionId } },
      ConditionExpression: '#connectedAt = :seen',
      ExpressionAttributeNames: { '#connectedAt': ATTRIBUTE.connectedAt },
      ExpressionAttributeValues: { ':seen': { N: String(connectedAt) } },
    });
    await this.client.send(command, { abortSignal }).catch((error: unknown) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  }

  /** Reads consistently: a client that is connected when the message is accepted has a row, and the read finds it. */
  async* pages(abortSignal: AbortSignal): AsyncGenerator<readonly Connection[]> {
    const input: ScanCommandInput = {
      TableName: this.tableName,
      ConsistentRead: true,
      Limit: this.pageRows,
      ProjectionExpression: '#connectionId, #connectedAt, #ttl',
      ExpressionAttributeNames: {
        '#connectionId': ATTRIBUTE.connectionId, '#connectedAt': ATTRIBUTE.connectedAt, '#ttl': ATTRIBUTE.ttl,
      },
    };
    let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
    do {
      const { rows, lastEvaluatedKey } = await scanPage(this.client, { ...input, ExclusiveStartKey }, abortSignal);
      yield rows;
      ExclusiveStartKey = lastEvaluatedKey;
    } while (ExclusiveStartKey && !abortSignal.aborted);
  }
}
