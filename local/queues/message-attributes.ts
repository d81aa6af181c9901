import { createHash } from 'node:crypto';
import { SqsError } from './errors';
import { isSendable, optionalString, record, SENDABLE_CHARACTERS, type Input } from './parameters';

/** An attribute that a sender gave a message, in SQS's JSON protocol. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** In base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MAX_ATTRIBUTES = 10;
const MAX_NAME_BYTES = 256;

/** The documented characters, and those of Latin alphabets, which SQS accepts as well. */
const NAME = /^[A-Za-z0-9_.\-\u00C0-\u017F]+$/;
const RESERVED_NAME = /^(aws|amazon)\./i;
const MISPLACED_PERIOD = /^\.|\.$|\.\./;
const TYPE = /^(String|Number|Binary)(\.[A-Za-z0-9_.-]+)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Numbers have at most 38 significant digits, between 10^-128 and 10^126. */
const NUMBER = /^[+-]?(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$|^[+-]?()\.(\d+)(?:[eE]([+-]?\d{1,4}))?$/;
const MAX_DIGITS = 38;
const MIN_EXPONENT = -128;
const MAX_EXPONENT = 126;

export function readMessageAttributes(value: unknown): MessageAttributes {
  const attributes = record(value);
  const names = Object.keys(attributes);
  if (names.length > MAX_ATTRIBUTES) throw invalid(`Number of message attributes [${names.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`);
  for (const name of names) checkName(name);
  return Object.fromEntries(names.map((name) => [name, readAttribute(name, record(attributes[name]))]));
}

/** Reads system attributes: senders may set one. */
export function readSystemAttributes(value: unknown): MessageAttributes {
  const attributes = record(value);
  const unknown = Object.keys(attributes).find((name) => name !== 'AWSTraceHeader');
  if (unknown !== undefined) throw invalid(`Message system attribute name '${unknown}' is invalid. Valid names: AWSTraceHeader.`);
  const read = Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, readAttribute(name, record(attribute))]));
  if (read.AWSTraceHeader && read.AWSTraceHeader.DataType !== 'String') {
    throw invalid('Message system attribute \'AWSTraceHeader\' must have the type \'String\'.');
  }
  return read;
}

function checkName(name: string): void {
  if (name === '') throw invalid('Message (user) attribute names must not be empty.');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw invalid('Message (user) attribute names must be shorter than 256 Bytes');
  if (!NAME.test(name)) {
    throw invalid('Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ');
  }
  if (RESERVED_NAME.test(name) || MISPLACED_PERIOD.test(name)) {
    throw invalid('You can\'t use message attribute names beginning with \'AWS.\' or \'Amazon.\'. These strings are reserved for internal use. '
      + 'Additionally, they cannot start or end with \'.\', or have two of them in succession.');
  }
}

function readAttribute(name: string, attribute: Input): MessageAttribute {
  const { StringListValues, BinaryListValues } = attribute;
  if ([StringListValues, BinaryListValues].some((list) => Array.isArray(list) && list.length > 0)) {
    throw new SqsError('UnsupportedOperation', 'Message attribute list values in SendMessage operation are not supported.');
  }
  const type = readType(name, attribute);
  const [base] = type.split('.');
  const isBinary = base === 'Binary';
  const text = optionalString(attribute, 'StringValue');
  const bytes = optionalString(attribute, 'BinaryValue');
  if (isBinary ? text !== undefined : bytes !== undefined) {
    throw invalid(`The message attribute '${name}' with type '${base}' must use field '${isBinary ? 'Binary' : 'String'}'.`);
  }
  const value = isBinary ? bytes : text;
  if (value === undefined || value === '') throw invalid(`Message (user) attribute '${name}' must contain a non-empty value of type '${base}'.`);
  if (isBinary) {
    if (!BASE64.test(value)) throw new SqsError('SerializationException', `The value of message attribute '${name}' is not valid base64`);
    return { DataType: type, BinaryValue: value };
  }
  if (!isSendable(value)) {
    throw invalid(`Message (user) attribute '${name}' contains invalid characters. Valid unicode characters are ${SENDABLE_CHARACTERS}.`);
  }
  if (base === 'Number' && !isNumber(value)) throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  return { DataType: type, StringValue: value };
}

function readType(name: string, attribute: Input): string {
  const type = optionalString(attribute, 'DataType');
  if (type === undefined || type === '') throw invalid(`The message attribute '${name}' must contain a non-empty message attribute type.`);
  if (Buffer.byteLength(type) > MAX_NAME_BYTES) throw invalid('Message (user) attribute types must be shorter than 256 Bytes');
  if (!TYPE.test(type)) {
    throw invalid(`The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`);
  }
  return type;
}

function isNumber(text: string): boolean {
  const match = NUMBER.exec(text);
  if (!match) return false;
  const [, whole = '', decimals = match[5] ?? '', exponent = match[6] ?? '0'] = match;
  const digits = `${whole}${decimals}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return true;
  const magnitude = digits.length - decimals.length + Number(exponent) - 1;
  return significant.length <= MAX_DIGITS && magnitude >= MIN_EXPONENT && magnitude <= MAX_EXPONENT;
}

/** Bytes that attributes add to a message's size: names, types and values. */
export function sizeOfAttributes(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueOf(attribute).length, 0);
}

/** Returns the checksum by which an SDK knows that its attributes arrived; undefined when there are none. */
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
