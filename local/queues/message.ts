import { createHash } from 'node:crypto';
import { SqsError } from './errors';

/** An attribute that a sender gave a message, as SQS's JSON protocol has it. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** In base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a sender hands over. */
export interface Outgoing {
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** `AWSTraceHeader` is the only one there is. */
  readonly systemAttributes: MessageAttributes;
  readonly delaySeconds?: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

const MAX_ATTRIBUTES = 10;
const MAX_DELAY_SECONDS = 900;

/** SQS takes the characters that XML can hold, and no others. */
const UNSENDABLE = /[^\u0009\u000A\u000D\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export function readOutgoing(input: Readonly<Record<string, unknown>>): Outgoing {
  const { MessageBody, DelaySeconds, MessageGroupId, MessageDeduplicationId, MessageAttributes: attributes, MessageSystemAttributes: system } = input;
  if (typeof MessageBody !== 'string' || MessageBody === '') throw new SqsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (UNSENDABLE.test(MessageBody)) {
    throw new SqsError('InvalidMessageContents', 'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD.');
  }
  if (DelaySeconds !== undefined && !(Number.isInteger(DelaySeconds) && Number(DelaySeconds) >= 0 && Number(DelaySeconds) <= MAX_DELAY_SECONDS)) {
    throw invalid(`Value ${String(DelaySeconds)} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
  }
  return {
    body: MessageBody,
    attributes: readAttributes(attributes),
    systemAttributes: readAttributes(system),
    delaySeconds: DelaySeconds as number | undefined,
    groupId: MessageGroupId as string | undefined,
    deduplicationId: MessageDeduplicationId as string | undefined,
  };
}

function readAttributes(value: unknown): MessageAttributes {
  const attributes = (value ?? {}) as MessageAttributes;
  if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
    throw invalid(`Number of message attributes [${Object.keys(attributes).length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`);
  }
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType ?? '')) {
      throw invalid(`The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`);
    }
    if (!(DataType.startsWith('Binary') ? BinaryValue : StringValue)) {
      throw invalid(`The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${DataType}'.`);
    }
  }
  return attributes;
}

/** What counts against the limits of a message and of a batch: the body, and names, types and values of the attributes. */
export function sizeOf({ body, attributes }: Pick<Outgoing, 'body' | 'attributes'>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueOf(attribute).length,
    Buffer.byteLength(body),
  );
}

export function md5OfText(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** The checksum by which an SDK knows that its attributes arrived; undefined when there are none. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const attribute = attributes[name];
    const transport = attribute.DataType.startsWith('Binary') ? 2 : 1;
    hash.update(withLength(Buffer.from(name))).update(withLength(Buffer.from(attribute.DataType)));
    hash.update(Buffer.from([transport])).update(withLength(valueOf(attribute)));
  }
  return hash.digest('hex');
}

function valueOf({ DataType, StringValue, BinaryValue }: MessageAttribute): Buffer {
  return DataType.startsWith('Binary') ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? '');
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function invalid(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}
