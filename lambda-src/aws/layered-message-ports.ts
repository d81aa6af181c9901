import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { optionalNumber, requireEnv, requireNumber } from './environment';
import { historyLog } from './history-log';
import type { HistoryReport } from './history-report';
import { incomingMessageOf, intakePorts, type MessageEvent } from './intake-ports';
import { DynamoSenderRows } from './sender-rows';
import { systemClock } from './system-clock';
import { ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';
import { ActionRate } from '../core/action-rate';
import type { LayeredMessagePorts, RoutedMessage } from '../core/layered-message';
import { POSITION_BYTES } from '../core/log/frames';
import type { Publish } from '../core/log/publishers';

/** The part of API Gateway's event of a message that is used. */
export interface RoutedEvent extends MessageEvent {
  readonly requestContext: MessageEvent['requestContext'] & { readonly routeKey: string };
}

export function routedMessageOf(event: RoutedEvent): RoutedMessage {
  return { ...incomingMessageOf(event), routeKey: event.requestContext.routeKey };
}

/** Builds the ports of a layered message handler from the environment, once, when the function is loaded. */
export function layeredMessagePorts(client: DynamoDBClient, publish: Publish, report: HistoryReport): LayeredMessagePorts {
  const intake = intakePorts(client);
  const rate = optionalNumber(ENV.messageRate);
  return {
    intake: { ...intake, reservedBytes: POSITION_BYTES },
    actionRate: rate === undefined ? undefined
      : new ActionRate({ rate, burst: requireNumber(ENV.messageBurst) }, new DynamoSenderRows(client, requireEnv(ENV.tableName))),
    publishForbidden: process.env[LAYER_ENV.publishForbidden] === 'true',
    clock: systemClock,
    logUntil: historyLog(client, report),
    publish,
    report,
  };
}
