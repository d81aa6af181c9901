import { freemem, loadavg, totalmem } from 'node:os';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';

const client = new DynamoDBClient({});
const sqs = new SQSClient({});

/**
 * Measures, and puts each value on the queue as a message of its own. It does so while no page is open, too: a new one shows the last minutes.
 */
export async function handler(): Promise<void> {
  // One time for all of them: the page shows them in one row.
  const sentAt = String(Date.now());
  const values = { watching: await countConnections(), load: loadavg()[0], memory: 1 - freemem() / totalmem() };
  const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({
    QueueUrl: process.env.BROADCAST_QUEUE_URL,
    Entries: Object.entries(values).map(([metric, value]) => ({
      Id: metric, MessageBody: JSON.stringify({ metric, value }), MessageAttributes: { sentAt: { DataType: 'String', StringValue: sentAt } },
    })),
  }));
  if (Failed.length > 0) throw new Error(`${Failed.length} values were not published: ${Failed[0].Message}`);
}

/** Counts connections: expired rows belong to none, and one item of the table is no connection, since its key begins with #. */
async function countConnections(): Promise<number> {
  let count = 0;
  const pages = paginateScan({ client }, {
    TableName: process.env.CONNECTIONS_TABLE_NAME,
    Select: 'COUNT',
    FilterExpression: '#ttl > :now AND NOT begins_with(connectionId, :reserved)',
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) }, ':reserved': { S: '#' } },
  });
  for await (const { Count } of pages) count += Count ?? 0;
  return count;
}
