import { sqsClient } from './aws/sqs-client';
import { dynamoClient } from './aws/dynamo-client';
import type { Context } from 'aws-lambda';
import { requireEnv } from './aws/environment';
import { HistoryReport } from './aws/history-report';
import { layeredDelivery } from './aws/layered-delivery';
import { layeredMessagePorts, routedMessageOf, type RoutedEvent } from './aws/layered-message-ports';
import { SqsQueue } from './aws/queue';
import { deadlineOf } from './aws/system-clock';
import { reportUnqueued } from './aws/unqueued-report';
import { answerMessage, type IntegrationAnswer } from './core/layered-message';
import { byQueue } from './core/log/publishers';
import { ENV } from '../src/private/contract';
import { LAYER_ENV } from '../src/private/layer-contract';

const client = dynamoClient();
const report = new HistoryReport();
const sqs = sqsClient();
const queue = new SqsQueue(sqs, process.env[LAYER_ENV.messageQueueUrl] ?? requireEnv(ENV.broadcastQueueUrl));
const ports = {
  ...layeredMessagePorts(client, byQueue(queue, report), report, () => layeredDelivery(client).sender),
  unqueued: reportUnqueued(),
};

/** Puts a client's message on a queue, and appends it to the history first if there is one; answers actions. */
export async function handler(event: RoutedEvent, context: Context): Promise<IntegrationAnswer> {
  return answerMessage(routedMessageOf(event), deadlineOf(context), ports);
}
