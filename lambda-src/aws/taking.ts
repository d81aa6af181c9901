import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { maxMessageBytes, messageFormat, optionalNumber, requireEnv, requireNumber } from './environment';
import { MetricLines } from './metric-lines';
import { DynamoSenderRows } from './sender-rows';
import { ENV, METRIC_REFUSED } from '../../src/private/contract';
import { MessageTooLargeError, RateExceededError, RateUncheckedError, SenderUnknownError } from '../core/errors';
import { encode } from '../core/message';
import { MessageRate, type Sender } from '../core/message-rate';
import { senderNameOf } from '../core/sender-name';

/** What is used of an event of a message. */
export interface MessageEvent {
  readonly body?: string;
  readonly requestContext: Sender & {
    readonly messageId: string;
    readonly requestTimeEpoch: number;
    readonly authorizer?: Readonly<Record<string, unknown>>;
  };
}

/** A client's message that is to be broadcast. */
export interface TakenMessage {
  readonly id: string;
  /** Epoch milliseconds at which API Gateway received it. */
  readonly sentAt: number;
  /** The sender's connection id. */
  readonly from: string;
  /** What each recipient gets. */
  readonly body: Uint8Array;
  readonly excluded: ReadonlySet<string>;
}

const REFUSALS = [MessageTooLargeError, RateExceededError, SenderUnknownError];

/**
 * What takes the messages of clients, made of its environment: once, when the function is loaded. Throws when a message is
 * refused for a reason that its sender should learn; undefined when the sender was told less than a second ago.
 */
export function taking(client: DynamoDBClient): (event: MessageEvent, abortSignal: AbortSignal) => Promise<TakenMessage | undefined> {
  const format = messageFormat();
  const maxBytes = maxMessageBytes();
  const excludesSender = process.env[ENV.excludeSender] === 'true';
  const senderNameKey = process.env[ENV.senderNameKey];
  const admits = rateCheck(client);
  const metrics = new MetricLines();
  // At once: what is kept to be summed up is lost with the environment.
  const countRefusal = () => metrics.write({ [METRIC_REFUSED]: 1 });
  return async ({ requestContext, body: text = '' }, abortSignal) => {
    const { connectionId: from, messageId: id, requestTimeEpoch: sentAt, authorizer } = requestContext;
    try {
      if (!await admits(requestContext, sentAt, abortSignal)) {
        countRefusal();
        return undefined;
      }
      const body = encode({ id, from: senderNameOf(authorizer, senderNameKey) ?? from, sentAt, text }, format, maxBytes);
      return { id, sentAt, from, body, excluded: new Set(excludesSender ? [from] : []) };
    } catch (error) {
      if (REFUSALS.some((refusal) => error instanceof refusal)) countRefusal();
      throw error;
    }
  };
}

function rateCheck(client: DynamoDBClient): MessageRate['admits'] {
  const rate = optionalNumber(ENV.messageRate);
  if (rate === undefined) return async () => true;
  const limit = new MessageRate({ rate, burst: requireNumber(ENV.messageBurst) }, new DynamoSenderRows(client, requireEnv(ENV.tableName)));
  return (sender, at, abortSignal) => limit.admits(sender, at, abortSignal).catch((error: Error) => {
    throw REFUSALS.some((refusal) => error instanceof refusal) ? error : new RateUncheckedError(error);
  });
}
