import { dynamoClient } from './aws/dynamo-client';
import type { Context } from 'aws-lambda';
import { HistoryReport } from './aws/history-report';
import { layeredDelivery } from './aws/layered-delivery';
import { layeredMessagePorts, routedMessageOf, type RoutedEvent } from './aws/layered-message-ports';
import { PatternReport } from './aws/pattern-report';
import { deadlineOf } from './aws/system-clock';
import { answerMessage, type IntegrationAnswer } from './core/layered-message';
import { directly } from './core/log/publishers';
import { TUNING } from '../src/private/contract';

const client = dynamoClient();
const report = new PatternReport();
const historyReport = new HistoryReport();
// Pages are small: rows are read while others are sent to, and larger pages would only wait in memory.
const PAGE_ROWS = TUNING.deliveryPageRows;
const delivery = layeredDelivery(client, { pageRows: PAGE_ROWS });
const publish = directly(delivery, {
  broadcast: (id, result, pattern) => report.broadcast(id, result, pattern),
  undelivered: (id, error) => historyReport.undelivered(id, error),
});
const ports = layeredMessagePorts(client, publish, historyReport, () => delivery.sender, PAGE_ROWS);

/** Delivers a client's message, and appends it to the history first if there is one; answers actions. */
export async function handler(event: RoutedEvent, context: Context): Promise<IntegrationAnswer> {
  return answerMessage(routedMessageOf(event), deadlineOf(context), ports);
}
