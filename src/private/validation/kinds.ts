import { formatValue, isToken } from './checks';

/*
 * Only untyped code gets these wrong: null, a token in place of an object, something else in place of an object. Primitives are
 * left to the compilers of typed languages.
 */

/** An object that a value has to be. */
export interface Kind {
  /** As an error says it: `must be ${name}`. */
  readonly name: string;
  readonly fix: string;
  readonly includes: (value: object) => boolean;
  readonly isRequired?: boolean;
  /** The kinds of its members that are objects; no member may be null. */
  readonly members?: Readonly<Record<string, Kind>>;
  /** The kind of each item of a list. */
  readonly items?: Kind;
}

type KeysOfObjects<Struct> = { [Key in keyof Struct]-?: NonNullable<Struct[Key]> extends string | number | boolean ? never : Key }[keyof Struct];

/** The kind of every member of a struct that is an object: the compiler finds the one that is left out. */
export type Shape<Struct> = { readonly [Key in KeysOfObjects<Struct>]: Kind };

const LEAVE_OUT = 'leave it out to get the default';

/** Throws unless a struct is of this kind. Errors name its members without its own name, as in `workers`. */
export function checkStruct(name: string, value: unknown, kind: Kind): void {
  checkKind(name, value, kind, '');
}

/** Throws unless a value is of this kind, or is missing and may be. */
export function checkKind(path: string, value: unknown, kind: Kind, prefix = `${path}.`): void {
  if (value === undefined && !kind.isRequired) return;
  const isKnown = typeof value === 'object' && value !== null && (Array.isArray(value) || !isToken(value));
  if (!isKnown || !kind.includes(value)) throw new Error(`'${path}' must be ${kind.name}, got ${formatValue(value)}; ${kind.fix}`);
  if (kind.members) checkMembers(prefix, value, kind.members);
  if (Array.isArray(value)) value.forEach((item, index) => checkItem(`${path}[${index}]`, item, kind.items));
}

function checkMembers(prefix: string, given: object, members: Readonly<Record<string, Kind>>): void {
  for (const [member, value] of Object.entries(given)) if (!Object.hasOwn(members, member)) checkNotNull(`${prefix}${member}`, value, LEAVE_OUT);
  for (const [member, kind] of Object.entries(members)) checkKind(`${prefix}${member}`, (given as Readonly<Record<string, unknown>>)[member], kind);
}

function checkItem(path: string, item: unknown, kind: Kind | undefined): void {
  if (kind) checkKind(path, item, required(kind));
  else checkPresent(path, item, 'take it out of the list');
}

/** Throws if a primitive is null. */
function checkNotNull(path: string, value: unknown, fix: string): void {
  if (value === null) throw new Error(`'${path}' must not be null, got null; ${fix}`);
}

/** Throws if a primitive is missing or null. */
export function checkPresent(path: string, value: unknown, fix: string): void {
  if (value === undefined || value === null) throw new Error(`'${path}' must be given, got ${formatValue(value)}; ${fix}`);
}

export function required(kind: Kind): Kind {
  return { ...kind, isRequired: true };
}

/** By a method rather than by the class: aws-cdk-lib may be loaded twice. */
export function withMethod(method: string, name: string, fix: string): Kind {
  return { name, fix, includes: (value) => typeof (value as Record<string, unknown>)[method] === 'function' };
}

/** An object that has a member. */
export function withMember(member: string, name: string, fix: string): Kind {
  return { name, fix, includes: (value) => member in value };
}

/** A construct that has a member. */
export function construct(member: string, name: string, fix: string): Kind {
  return { name, fix, includes: (value) => 'node' in value && member in value };
}

/** An instance of one of our enum-like classes, whose constructors are private. */
export function instanceOf(type: { readonly name: string; readonly prototype: object }, name: string, fix: string): Kind {
  return { name, fix, includes: (value) => Object.prototype.isPrototypeOf.call(type.prototype, value) };
}

/** An object with options. */
export function struct<Struct>(members: Shape<Struct>, fix = `write { option: value }, or ${LEAVE_OUT}`): Kind {
  return { name: 'an object with options', fix, includes: (value) => !Array.isArray(value), members: members as Readonly<Record<string, Kind>> };
}

export function listOf(items: Kind | undefined, name: string, fix: string): Kind {
  // A token that stands for a list is a list of one text, so that it is none of objects.
  return { name, fix, includes: Array.isArray, items };
}

export const texts = (fix: string) => listOf(undefined, 'a list of strings', fix);
export const duration = (fix: string) => withMethod('toMilliseconds', 'a Duration', `${fix}, or how long it is`);
