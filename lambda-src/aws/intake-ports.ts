import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { maxMessageBytes, messageFormat, optionalNumber, publishClaim, requireEnv, requireNumber } from './environment';
import { MetricLines } from './metric-lines';
import { DynamoSenderRows } from './sender-rows';
import { ENV, METRIC_REJECTED_MESSAGES } from '../../src/private/contract';
import type { ConnectionKey } from '../core/connection';
import type { IncomingMessage, IntakePorts } from '../core/intake';
import { MessageRate } from '../core/message-rate';

/** Used part of API Gateway's event of a message. */
export interface MessageEvent {
  readonly body?: string;
  readonly requestContext: ConnectionKey & {
    readonly messageId: string;
    readonly requestTimeEpoch: number;
    readonly authorizer?: Readonly<Record<string, unknown>>;
  };
}

export function incomingMessageOf({ requestContext, body = '' }: MessageEvent): IncomingMessage {
  const { messageId, requestTimeEpoch, connectionId, connectedAt, authorizer } = requestContext;
  return { id: messageId, sentAt: requestTimeEpoch, sender: { connectionId, connectedAt }, authorizer, text: body };
}

/** Builds the ports of the intake from the environment, once, when the function is loaded. */
export function intakePorts(client: DynamoDBClient): IntakePorts {
  const rate = optionalNumber(ENV.messageRate);
  const metrics = new MetricLines();
  return {
    messageRate: rate === undefined ? undefined
      : new MessageRate({ rate, burst: requireNumber(ENV.messageBurst) }, new DynamoSenderRows(client, requireEnv(ENV.tableName))),
    publishClaim: publishClaim(),
    // Written at once: values kept for a sum would be lost with the environment.
    countRefusal: (messageId, reason) => metrics.write({ [METRIC_REJECTED_MESSAGES]: 1 }, { messageId, reason }),
    format: messageFormat(),
    maxBytes: maxMessageBytes(),
    excludesSender: process.env[ENV.excludeSender] === 'true',
    senderNameKey: process.env[ENV.senderNameKey],
  };
}
