import { matchesAny, matchesPattern } from '../events/pattern';
import type { FilterModel } from '../model/topics';
import type { MessageAttribute, MessageAttributes } from '../queues/message-attributes';

/** Whether a subscription's filter matches: by the message's attributes, or by its body, which must be JSON then. */
export function isWanted(filter: FilterModel | undefined, attributes: MessageAttributes, body: string): boolean {
  if (!filter) return true;
  if (!filter.isOfBody) return matchesAttributes(filter.pattern, attributes);
  const value = parse(body);
  return typeof value === 'object' && value !== null && matchesPattern(filter.pattern, value);
}

function matchesAttributes(pattern: FilterModel['pattern'], attributes: MessageAttributes): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    if (name === '$or' && Array.isArray(wanted)) return wanted.some((one) => matchesAttributes(one as FilterModel['pattern'], attributes));
    const value = Object.hasOwn(attributes, name) ? valueOf(attributes[name]) : undefined;
    return Array.isArray(wanted) && matchesAny(wanted, value);
  });
}

/** Returns the value of an attribute; undefined for bytes, which no policy matches. */
function valueOf({ DataType, StringValue = '' }: MessageAttribute): unknown {
  const [base] = DataType.split('.');
  if (DataType === 'String.Array') return parse(StringValue);
  return base === 'Number' ? Number(StringValue) : base === 'String' ? StringValue : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
