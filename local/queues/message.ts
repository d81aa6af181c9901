import { createHash } from 'node:crypto';
import { missing, SqsError } from './errors';
import { readMessageAttributes, readSystemAttributes, sizeOfAttributes, type MessageAttributes } from './message-attributes';
import { isSendable, optionalId, optionalInteger, optionalString, SENDABLE_CHARACTERS, type Input } from './parameters';

/** A message as its sender hands it over. */
export interface Outgoing {
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** Only `AWSTraceHeader` exists. */
  readonly systemAttributes: MessageAttributes;
  readonly delaySeconds?: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

const MAX_DELAY_SECONDS = 900;

/** Checks a message for rules of all queues; each queue checks its own rules. */
export function readOutgoing(input: Input): Outgoing {
  const body = optionalString(input, 'MessageBody');
  if (body === undefined || body === '') throw missing('MessageBody');
  if (!isSendable(body)) throw new SqsError('InvalidMessageContents', `Invalid characters found. Valid unicode characters are ${SENDABLE_CHARACTERS}.`);
  return {
    body,
    attributes: readMessageAttributes(input.MessageAttributes),
    systemAttributes: readSystemAttributes(input.MessageSystemAttributes),
    delaySeconds: optionalInteger(input, 'DelaySeconds', 0, MAX_DELAY_SECONDS, `DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`),
    groupId: optionalId(input, 'MessageGroupId'),
    deduplicationId: optionalId(input, 'MessageDeduplicationId'),
  };
}

/** Size that counts towards the limits of a message and of a batch. */
export function sizeOf({ body, attributes }: Pick<Outgoing, 'body' | 'attributes'>): number {
  return Buffer.byteLength(body) + sizeOfAttributes(attributes);
}

export function md5OfText(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
