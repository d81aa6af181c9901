import { dynamoClient } from './aws/dynamo-client';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { kickPorts } from './aws/kick-ports';
import { deadlineOf } from './aws/system-clock';
import { handleKicks } from './core/kick';

const ports = kickPorts(dynamoClient());

/** Closes the connections that backends name on the disconnect queue: each gets a last frame, is closed, and is forgotten. */
export async function handler({ Records: records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failures = await handleKicks(records.map(({ messageId, body }) => ({ messageId, body })), deadlineOf(context), ports);
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}
