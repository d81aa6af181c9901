import { dynamoClient } from './aws/dynamo-client';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { presencePorts } from './aws/presence-ports';
import { deadlineOf, systemClock } from './aws/system-clock';
import { within } from './core/clock';
import { handleTicks } from './core/presence/presence-batch';

const portsUntil = presencePorts(dynamoClient());

/** Makes the lists of who is in a channel, and sends each to its members. */
export async function handler({ Records: records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const deadline = deadlineOf(context);
  return within(systemClock, deadline, async (abortSignal) => {
    const ticks = records.map(({ messageId, body, attributes }) => ({ messageId, body, receipts: Number(attributes.ApproximateReceiveCount) }));
    const failures = await handleTicks(ticks, portsUntil(deadline), abortSignal);
    return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
