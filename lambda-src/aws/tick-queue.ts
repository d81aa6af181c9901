import { sqsClient } from './sqs-client';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { writeTick } from '../core/presence/presence-batch';
import type { TickQueue } from '../core/presence/presence-table';

/** The SQS queue of ticks, which delivers each after a delay. */
export function tickQueue(queueUrl: string, client = sqsClient()): TickQueue {
  return {
    send: async (tick, delaySeconds, abortSignal) => {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: writeTick(tick), DelaySeconds: delaySeconds }), { abortSignal });
    },
  };
}
