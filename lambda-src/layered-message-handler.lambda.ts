import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { deliveryPorts } from './aws/delivery-ports';
import { HistoryReport } from './aws/history-report';
import { layeredMessagePorts, routedMessageOf, type RoutedEvent } from './aws/layered-message-ports';
import { Report } from './aws/report';
import { deadlineOf } from './aws/system-clock';
import { answerMessage, type IntegrationAnswer } from './core/layered-message';
import { directly } from './core/log/publishers';
import { TUNING } from '../src/private/contract';

const client = new DynamoDBClient();
const report = new Report();
const historyReport = new HistoryReport();
// Rows are read while others are sent to: larger pages would only wait, and weigh on the memory.
const delivery = deliveryPorts(client, { pageRows: TUNING.deliveryPageRows });
const publish = directly(delivery, {
  broadcast: (id, result) => report.broadcast(id, result),
  undelivered: (id, error) => historyReport.undelivered(id, error),
});
const ports = layeredMessagePorts(client, publish, historyReport);

/** Appends what a client sent to the history, then broadcasts it; answers actions. */
export async function handler(event: RoutedEvent, context: Context): Promise<IntegrationAnswer> {
  return answerMessage(routedMessageOf(event), deadlineOf(context), ports);
}
