import type { InputModel } from '../model/targets';

type Json = unknown;

export interface Origin {
  /** ARN of the rule. */
  readonly arn: string;
}

/** The text that a target gets for an event. */
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

/** In a template a value stands as JSON; within a text, a text stands without quotes of its own. What is not there is nothing. */
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

/** Members by dots, items by their numbers in brackets, `*` for all of a list. */
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
