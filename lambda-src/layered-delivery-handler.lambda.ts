import { dynamoClient } from './aws/dynamo-client';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { FrameReport } from './aws/frame-report';
import { historyLog } from './aws/history-log';
import { HistoryReport } from './aws/history-report';
import { layeredDeliveryPorts, layeredRecords } from './aws/layered-delivery-ports';
import { deadlineOf, systemClock } from './aws/system-clock';
import { within } from './core/clock';
import { handleLayeredRecords } from './core/layered-delivery';
import { LAYER_ENV } from '../src/private/layer-contract';

const client = dynamoClient();
const report = new HistoryReport();
const logUntil = process.env[LAYER_ENV.historyTableName] === undefined ? undefined : historyLog(client, report);
const toRecord = layeredRecords();
const ports = {
  ...layeredDeliveryPorts(client),
  history: report,
  ...(process.env[LAYER_ENV.sharedFrames] === 'true' && { frames: new FrameReport() }),
};

/** Delivers messages from the queues. Where there is a history, publishers' messages are appended first; clients' messages are in it already. */
export async function handler({ Records: records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const deadline = deadlineOf(context);
  return within(systemClock, deadline, async (abortSignal) => {
    const failures = await handleLayeredRecords(records.map(toRecord), deadline, { ...ports, log: logUntil?.(deadline, abortSignal) });
    return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
