import { freemem, loadavg, totalmem } from 'node:os';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const client = new DynamoDBClient({});
const sqs = new SQSClient({});

/**
 * Measures, and publishes the readings by putting a message on a queue. It also runs without viewers, so that a page that opens shows the
 * last minutes.
 */
export async function handler(): Promise<void> {
  const watching = await countConnections();
  const reading = { watching, load: loadavg()[0], memory: 1 - freemem() / totalmem() };
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.BROADCAST_QUEUE_URL, MessageBody: JSON.stringify(reading) }));
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
