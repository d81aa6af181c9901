import type { Address, Event } from './subject';

/** Observed facts: a path and a value each. */
export type Observation = Readonly<Record<string, string>>;

/** Values that always differ, by the names that replace them. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['an id', /^[A-Za-z0-9_-]{15}=$/],
  ['16 hex digits', /^[0-9a-f]{16}$/],
  ['a uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  ['a time in ms', /^\d{13}$/],
  ['a time in s', /^\d{10}$/],
  ['an ISO time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/],
  ['a log time', /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/],
  ['a trace', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/],
  ['the client', /^witness\/\d+$/],
  ['a key', /^[A-Za-z0-9+/]{22}==$/],
];

/** Returns an event with its unique values replaced by their forms. */
export function shapeOf(event: Event, address: Address): Observation {
  return flat(event, address);
}

export function flat(value: unknown, { apiId }: Pick<Address, 'apiId'>, path = ''): Record<string, string> {
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return { [path]: Array.isArray(value) ? '[]' : '{}' };
    return Object.assign({}, ...entries.map(([key, item]) => flat(item, { apiId }, path === '' ? key : `${path}.${key}`))) as Record<string, string>;
  }
  const text = String(value).replaceAll(apiId, 'API');
  const form = typeof value === 'string' || typeof value === 'number' ? FORMS.find(([, pattern]) => pattern.test(text)) : undefined;
  return { [path]: form ? `${typeof value === 'number' ? 'number' : 'text'}: ${form[0]}` : typeof value === 'string' ? JSON.stringify(text) : text };
}

/** Returns a frame with the parts of an error replaced by their forms. */
export function frameForm(frame: string): string {
  return frame.replace(/("(?:connectionId|requestId)": ?)"[A-Za-z0-9_-]{15}="/g, '$1"an id"');
}
