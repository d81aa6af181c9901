import type { InputModel } from '../model/targets';

type Json = unknown;

export interface Origin {
  /** ARN of the rule. */
  readonly arn: string;
}

/** Returns the text that a target gets for an event. */
export function inputOf(input: InputModel, event: object, { arn }: Origin): string {
  switch (input.kind) {
    case 'constant': return input.text;
    case 'path': return JSON.stringify(at(event, input.path)) ?? 'null';
    case 'template': return filled(input.template, (name) => {
      if (Object.hasOwn(input.paths, name)) return at(event, input.paths[name]);
      const known = predefined(event, arn);
      return Object.hasOwn(known, name) ? known[name] : undefined;
    });
    default: return JSON.stringify(event);
  }
}

function predefined(event: object, arn: string): Readonly<Record<string, Json>> {
  const { detail: _, ...envelope } = event as { readonly detail?: Json };
  return {
    'aws.events.rule-arn': arn,
    'aws.events.rule-name': arn.split('/').pop(),
    'aws.events.event.ingestion-time': new Date().toISOString(),
    'aws.events.event': envelope,
    'aws.events.event.json': event,
  };
}

/** Fills a template. A value is inserted as JSON; inside a string, text has no quotes of its own. A missing value is empty. */
function filled(template: string, valueOf: (name: string) => Json): string {
  const parts = template.split(/("(?:[^"\\]|\\.)*")/);
  return parts.map((part, index) => part.replace(/<([\w.-]+)>/g, (_, name: string) => {
    const value = valueOf(name);
    if (value === undefined) return '';
    const json = JSON.stringify(value);
    const isWithinText = index % 2 === 1;
    if (!isWithinText) return json;
    return typeof value === 'string' ? json.slice(1, -1) : json.replace(/["\\]/g, '\\$&');
  })).join('');
}

/** Reads a path: members by dots, items by numbers in brackets, `*` for all items of a list. */
function at(value: Json, path: string): Json {
  const keys = [...path.replace(/^\$/, '').matchAll(/\.([^.[\]]+)|\[(?:'([^']*)'|"([^"]*)"|(\d+|\*))\]/g)].map((match) => match.slice(1).find((key) => key !== undefined)!);
  const visit = (inner: Json, [key, ...rest]: readonly string[]): Json => {
    if (key === undefined) return inner;
    if (key === '*' && Array.isArray(inner)) return inner.map((each) => visit(each, rest));
    const isThere = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key);
    return isThere ? visit((inner as Record<string, Json>)[key], rest) : undefined;
  };
  return visit(value, keys);
}
