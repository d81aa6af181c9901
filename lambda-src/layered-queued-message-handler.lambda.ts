import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { requireEnv } from './aws/environment';
import { HistoryReport } from './aws/history-report';
import { layeredMessagePorts, routedMessageOf, type RoutedEvent } from './aws/layered-message-ports';
import { SqsQueue } from './aws/queue';
import { deadlineOf } from './aws/system-clock';
import { answerMessage, type IntegrationAnswer } from './core/layered-message';
import { byQueue } from './core/log/publishers';
import { LAYER_ENV } from '../src/private/layer-contract';

const report = new HistoryReport();
// Its endpoint, not the queue's address, says where to go: so that an endpoint from the environment counts.
const queue = new SqsQueue(new SQSClient({ useQueueUrlAsEndpoint: false }), requireEnv(LAYER_ENV.messageQueueUrl));
const ports = layeredMessagePorts(new DynamoDBClient(), byQueue(queue, report), report);

/** Appends what a client sent to the history, then puts it on a queue with its position; answers actions. */
export async function handler(event: RoutedEvent, context: Context): Promise<IntegrationAnswer> {
  return answerMessage(routedMessageOf(event), deadlineOf(context), ports);
}
