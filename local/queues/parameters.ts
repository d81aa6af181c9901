import { invalidValue, missing, SqsError } from './errors';

/** Input of an operation, or of a batch entry, from JSON: of any type. */
export type Input = Readonly<Record<string, unknown>>;

/** SQS accepts the characters that XML can hold, and no others. */
const UNSENDABLE = /[^\u0009\u000A\u000D\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export const SENDABLE_CHARACTERS = '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';

/** Printable ASCII without the space. */
const GROUP_OR_DEDUPLICATION_ID = /^[\x21-\x7E]{1,128}$/;

export function isSendable(text: string): boolean {
  return !UNSENDABLE.test(text);
}

export function optionalString(input: Input, name: string): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(value, 'a String');
}

export function requiredString(input: Input, name: string): string {
  const value = optionalString(input, name);
  if (value === undefined || value === '') throw missing(name);
  return value;
}

export function strings(input: Input, name: string): readonly string[] {
  const values = input[name] ?? [];
  if (!Array.isArray(values)) throw wrongType(values, 'a list');
  return values.map((value: unknown) => {
    if (typeof value !== 'string') throw wrongType(value, 'a String');
    return value;
  });
}

export function record(value: unknown): Input {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(value, 'a structure');
  return value as Input;
}

/** @param reason SQS's reason for a number outside the range */
export function optionalInteger(input: Input, name: string, min: number, max: number, reason: string): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (!Number.isInteger(value)) throw wrongType(value, 'an Integer');
  if (Number(value) < min || Number(value) > max) throw invalidValue(value, name, reason);
  return Number(value);
}

/** Reads the id of a message group, or of a deduplication. */
export function optionalId(input: Input, name: 'MessageGroupId' | 'MessageDeduplicationId' | 'ReceiveRequestAttemptId'): string | undefined {
  const value = optionalString(input, name);
  if (value === undefined || GROUP_OR_DEDUPLICATION_ID.test(value)) return value;
  throw invalidValue(value, name, `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`);
}

function wrongType(value: unknown, expected: string): SqsError {
  return new SqsError('SerializationException', `${typeof value} can not be converted to ${expected}`);
}
