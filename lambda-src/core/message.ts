import { MessageTooLargeError } from './errors';
import { LIMIT, type MessageFormatName } from '../../src/private/contract';

/** What is broadcast. */
export interface Message {
  /** Given once, before the first attempt, so that clients can tell a repetition. */
  readonly id: string;
  /** What others see of the sender: its connection id, or a name; absent when a backend publishes. */
  readonly from?: string;
  /** Epoch milliseconds, by the clock of whatever accepted the message; never the handler's. */
  readonly sentAt: number;
  readonly text: string;
}

/** The bytes that every recipient of a message gets; throws when they are too many. */
export function encode(message: Message, format: MessageFormatName, maxBytes: number = LIMIT.apiGatewayMessageBytes): Uint8Array {
  const body = Buffer.from(write(message, format), 'utf8');
  if (body.length > maxBytes) throw new MessageTooLargeError(body.length, maxBytes);
  return body;
}

function write({ id, from, sentAt, text }: Message, format: MessageFormatName): string {
  switch (format) {
    case 'RAW':
      return text;
    case 'ATTRIBUTED':
      return JSON.stringify({ message: from === undefined ? text : `${from} says: ${text}` });
    case 'ENVELOPE':
      return JSON.stringify({ type: 'message', id, from, sentAt, message: text });
  }
}
