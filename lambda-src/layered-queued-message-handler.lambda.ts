import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { requireEnv } from './aws/environment';
import { HistoryReport } from './aws/history-report';
import { layeredDelivery } from './aws/layered-delivery';
import { layeredMessagePorts, routedMessageOf, type RoutedEvent } from './aws/layered-message-ports';
import { SqsQueue } from './aws/queue';
import { deadlineOf } from './aws/system-clock';
import { answerMessage, type IntegrationAnswer } from './core/layered-message';
import { byQueue } from './core/log/publishers';
import { ENV } from '../src/private/contract';
import { LAYER_ENV } from '../src/private/layer-contract';

const client = new DynamoDBClient();
const report = new HistoryReport();
// Its endpoint, not the queue's address, says where to go: so that an endpoint from the environment counts.
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
const queue = new SqsQueue(sqs, process.env[LAYER_ENV.messageQueueUrl] ?? requireEnv(ENV.broadcastQueueUrl));
const ports = layeredMessagePorts(client, byQueue(queue, report), report, () => layeredDelivery(client).sender);

/** Puts what a client sent on a queue, and appends it to the history first if there is one; answers actions. */
export async function handler(event: RoutedEvent, context: Context): Promise<IntegrationAnswer> {
  return answerMessage(routedMessageOf(event), deadlineOf(context), ports);
}
