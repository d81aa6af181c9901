import { MessageTooLargeError } from './errors';
import type { Target } from './target';
import type { MessageFormatName } from '../../src/private/contract';

/** Members of a message that every step to the recipients needs. */
export interface Addressed {
  /** The same at every attempt, so that clients recognise a repetition. */
  readonly id: string;
  readonly target: Target;
  /** Ids of connections that do not receive. */
  readonly excluded: ReadonlySet<string>;
}

/** A message as it was accepted, from a client or from a publisher. */
export interface Message extends Addressed {
  /** Sender as recipients see it: its connection id, or a name; absent for a backend's message. */
  readonly from?: string;
  /** Epoch milliseconds, by the clock of the component that accepted the message; never the handler's. */
  readonly sentAt: number;
  readonly text: string;
  readonly format: MessageFormatName;
}

/** Returns the bytes that every recipient gets. Any step that adds to the message comes before. */
export function encode(message: Message): Buffer {
  return Buffer.from(write(message), 'utf8');
}

/**
 * Throws when the encoded message is larger than `maxBytes`.
 *
 * @param reservedBytes bytes that later steps may still add
 */
export function checkSize(message: Message, maxBytes: number, reservedBytes = 0): void {
  const bytes = Buffer.byteLength(write(message), 'utf8');
  const limit = maxBytes - reservedBytes;
  if (bytes > limit) throw new MessageTooLargeError(bytes, limit);
}

function write({ id, from, sentAt, text, format }: Message): string {
  switch (format) {
    case 'RAW':
      return text;
    case 'ATTRIBUTED':
      return JSON.stringify({ message: from === undefined ? text : `${from} says: ${text}` });
    case 'ENVELOPE':
      return JSON.stringify({ type: 'message', id, from, sentAt, message: text });
  }
}
