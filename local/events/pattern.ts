import { BlockList, isIP } from 'node:net';

/*
 * Event patterns, as EventBridge rules and SNS filter policies use them: objects that lead to lists, of which one entry has to match
 * the value at that place. An entry is a value, or an object with one test.
 */
type Json = unknown;
type Members = Readonly<Record<string, Json>>;

/** Whether an object matches a pattern. */
export function matchesPattern(pattern: Json, value: Json): boolean {
  const members = objectOf(pattern) ?? {};
  return Object.entries(members).every(([key, wanted]) => {
    if (key === '$or' && Array.isArray(wanted)) return wanted.some((one) => matchesPattern(one, value));
    return Array.isArray(wanted) ? matchesAny(wanted, member(value, key)) : matchesBelow(wanted, member(value, key));
  });
}

/** Inside a list, one object has to match the whole pattern. */
function matchesBelow(pattern: Json, value: Json): boolean {
  return Array.isArray(value) && value.length > 0 ? value.some((each) => matchesBelow(pattern, each)) : matchesPattern(pattern, value);
}

/**
 * Whether a value, or an item of a list, passes one of the tests.
 *
 * @param value undefined where there is none
 */
export function matchesAny(tests: readonly Json[], value: Json): boolean {
  const values = leaves(value);
  return tests.some((test) => {
    const [name, argument] = testOf(test);
    if (name === 'exists') return argument === (values.length > 0);
    return values.some((each) => passes(name, argument, each));
  });
}

/** Returns the test of an entry: a bare value tests for equality. */
function testOf(test: Json): readonly [string, Json] {
  const [entry] = Object.entries(objectOf(test) ?? {});
  return entry ?? ['equals', test];
}

function passes(name: string, argument: Json, value: Json): boolean {
  const text = typeof value === 'string' ? value : undefined;
  switch (name) {
    case 'equals': return argument === value;
    case 'prefix': return text !== undefined && hasEnd(argument, text, (whole, part) => whole.startsWith(part));
    case 'suffix': return text !== undefined && hasEnd(argument, text, (whole, part) => whole.endsWith(part));
    case 'equals-ignore-case': return text?.toLowerCase() === String(argument).toLowerCase();
    case 'wildcard': return text !== undefined && wildcard(String(argument)).test(text);
    case 'anything-but': return isNone(argument, value);
    case 'numeric': return typeof value === 'number' && Array.isArray(argument) && isWithin(argument, value);
    case 'cidr': return text !== undefined && isInBlock(String(argument), text);
    default: return false;
  }
}

/** @param argument the part, or an object that makes it case-insensitive */
function hasEnd(argument: Json, text: string, has: (whole: string, part: string) => boolean): boolean {
  const { 'equals-ignore-case': part } = objectOf(argument) ?? {};
  return part === undefined ? has(text, String(argument)) : has(text.toLowerCase(), String(part).toLowerCase());
}

/** Excluded are one or more values, or one test with one or more arguments. */
function isNone(argument: Json, value: Json): boolean {
  const [name, unwanted] = testOf(argument);
  return ![unwanted].flat().some((each) => passes(name, each, value));
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/** @param conditions comparisons and limits in turn: `['>', 0, '<=', 5]` */
function isWithin(conditions: readonly Json[], value: number): boolean {
  return conditions.every((limit, index) => index % 2 === 0 || COMPARISONS[String(conditions[index - 1])]?.(value, Number(limit)));
}

/** Converts a pattern in which `*` stands for any characters, and `\*` for itself. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.match(/\\.|[^\\]/gs) ?? [];
  const source = parts.map((part) => (part === '*' ? '.*' : part.replace(/^\\/, '').replace(/[.*+?^${}()|[\]\\/-]/, '\\$&'))).join('');
  return new RegExp(`^${source}$`, 's');
}

function isInBlock(block: string, address: string): boolean {
  const [network, bits = ''] = block.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(address) !== family || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, Number(bits), type);
  return list.check(address, type);
}

/** Returns the values at a place, with lists flattened. Objects are skipped. */
function leaves(value: Json): Json[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value === undefined || objectOf(value) ? [] : [value];
}

function member(value: Json, key: string): Json {
  const members = objectOf(value);
  return members && Object.hasOwn(members, key) ? members[key] : undefined;
}

function objectOf(value: Json): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Members : undefined;
}
