import { Token, type Duration } from 'aws-cdk-lib';
import { LIMIT } from './contract';

/*
 * Every check lets unresolved tokens pass: their value is not known before the deployment. What kind of thing a value is only
 * untyped code can get wrong: the compilers of typed languages know before.
 */

/** What kind of thing a value has to be. */
export interface Kind {
  /** As an error says it: `must be ${name}`. */
  readonly name: string;
  readonly fix: string;
  readonly includes: (value: any) => boolean;
  readonly isRequired?: boolean;
}

/** The kind of each property: none is left out. */
export type Kinds<Props> = { readonly [prop in keyof Props]-?: Kind };

/** By what they have rather than by their class: aws-cdk-lib may be there twice. */
export function having(member: string, name: string, fix: string): Kind {
  return { name, fix, includes: (value) => value !== null && typeof value === 'object' && member in value };
}

/** The same of what they can do. */
export function able(method: string, name: string, fix: string): Kind {
  const kind = having(method, name, fix);
  return { ...kind, includes: (value) => kind.includes(value) && typeof value[method] === 'function' };
}

export const TEXT: Kind = { name: 'a string', fix: 'give one, in quotes', includes: (value) => typeof value === 'string' };
export const NUMBER: Kind = { name: 'a number', fix: 'write it without quotes', includes: (value) => typeof value === 'number' };
export const FLAG: Kind = { name: 'true or false', fix: 'write it without quotes', includes: (value) => typeof value === 'boolean' };
export const LIST: Kind = { name: 'a list', fix: 'put it in brackets', includes: Array.isArray };
export const TEXTS: Kind = {
  name: 'a list of strings', fix: "give one, such as ['one', 'other']", includes: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
};
export const OPTIONS: Kind = {
  name: 'an object with options', fix: 'write { option: value }, or leave it out', includes: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
};
export const DURATION = able('toMilliseconds', 'a Duration', 'write Duration.hours(3), or how long it is');

export function required(kind: Kind): Kind {
  return { ...kind, isRequired: true };
}

/** Throws on the first property that is not of its kind. @param path of what the properties are of, if that is a property itself */
export function checkKinds<Props extends object>(props: Props | undefined, kinds: Kinds<Props>, path = ''): void {
  if (props === undefined) return;
  for (const [prop, kind] of Object.entries<Kind>(kinds)) checkKind(`${path}${prop}`, props[prop as keyof Props], kind);
}

/** Throws unless a value is of this kind, or is missing and may be. */
export function checkKind(prop: string, value: unknown, { name, fix, includes, isRequired }: Kind): void {
  if (value === undefined && !isRequired) return;
  if (!Token.isUnresolved(value) && !includes(value)) throw new Error(`'${prop}' must be ${name}, got ${shown(value)}; ${fix}`);
}

/** A value as errors show it. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  // What has a class may hold a whole app.
  const { constructor } = value;
  return [Object, Array, undefined].includes(constructor as never) ? JSON.stringify(value) : `a ${constructor.name}`;
}

/** Throws unless a duration is missing or is a whole number of seconds within these bounds. */
export function checkDuration(prop: string, duration: Duration | undefined, min: number, max: number, why: string): void {
  checkKind(prop, duration, DURATION);
  checkInteger(prop, duration && secondsOf(duration), min, max, 'seconds', why);
}

/** Throws unless a value is missing or is a whole number within these bounds. */
export function checkInteger(prop: string, value: number | undefined, min: number, max: number, unit: string, why: string): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`;
    throw new Error(`'${prop}' must be a whole number of ${unit} ${range}, got ${shown(value)}; ${why}`);
  }
}

/** Throws if what a function is told by its environment is more than Lambda takes. */
export function checkEnvironment(prop: string, texts: readonly (string | undefined)[], fix: string): void {
  const bytes = Buffer.byteLength(texts.filter((text) => !Token.isUnresolved(text)).join());
  if (bytes > LIMIT.environmentListBytes) {
    throw new Error(`'${prop}' must come to ${LIMIT.environmentListBytes} bytes at most, got ${bytes}; AWS Lambda takes 4 KB of environment variables in all: ${fix}`);
  }
}

/** Also of a duration that has no whole number of seconds. */
export function secondsOf(duration: Duration): number {
  return duration.isUnresolved() ? duration.toSeconds() : duration.toMilliseconds() / 1000;
}
