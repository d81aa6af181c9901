import { messageFormat } from './environment';
import { ENV } from '../../src/private/contract';
import { encode } from '../core/message';
import { senderNameOf } from '../core/sender-name';

/** What is used of an event of a message. */
export interface MessageEvent {
  readonly body?: string;
  readonly requestContext: {
    readonly connectionId: string;
    readonly messageId: string;
    readonly requestTimeEpoch: number;
    readonly authorizer?: Readonly<Record<string, unknown>>;
  };
}

/** A client's message that is to be broadcast. */
export interface TakenMessage {
  readonly id: string;
  /** The sender's connection id. */
  readonly from: string;
  /** What each recipient gets. */
  readonly body: Uint8Array;
  readonly excluded: ReadonlySet<string>;
}

/**
 * What takes the messages of clients, made of its environment: once, when the function is loaded. Throws when a message is
 * refused for a reason that its sender should learn.
 */
export function taking(): (event: MessageEvent) => TakenMessage {
  const format = messageFormat();
  const excludesSender = process.env[ENV.excludeSender] === 'true';
  const senderNameKey = process.env[ENV.senderNameKey];
  return ({ requestContext, body: text = '' }) => {
    const { connectionId: from, messageId: id, requestTimeEpoch: sentAt, authorizer } = requestContext;
    const body = encode({ id, from: senderNameOf(authorizer, senderNameKey) ?? from, sentAt, text }, format);
    return { id, from, body, excluded: new Set(excludesSender ? [from] : []) };
  };
}
