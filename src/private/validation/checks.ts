import { Token, type Duration } from 'aws-cdk-lib';
import { BOUND } from '../contract';

/* Every check of a value lets unresolved tokens pass: their value is not known before the deployment. */

/** Whether a value stands for another. A stack is none, although it has the method by which aws-cdk-lib tells tokens. */
export function isToken(value: unknown): boolean {
  return Token.isUnresolved(value) && !(typeof value === 'object' && value !== null && 'node' in value);
}

const LONGEST_SHOWN = 100;

/** Returns a value as errors show it. */
export function formatValue(value: unknown): string {
  if (value === undefined) return 'none';
  if (isToken(value)) return 'a token';
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  // An object of a class may hold a whole app.
  const name = Array.isArray(value) ? 'Array' : value.constructor?.name ?? 'Object';
  if (name !== 'Object' && name !== 'Array') return `a ${name}`;
  const text = asJson(value);
  return text === undefined || text.length > LONGEST_SHOWN ? `an ${name.toLowerCase()}` : text;
}

/** Undefined for what has no JSON, such as a list of constructs. */
function asJson(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Throws unless a duration is missing or is a whole number of seconds within these bounds. */
export function checkDuration(prop: string, duration: Duration | undefined, min: number, max: number, why: string): void {
  checkInteger(prop, duration && secondsOf(prop, duration), min, max, 'seconds', why);
}

/** Throws unless a value is missing or is a whole number within these bounds. */
export function checkInteger(prop: string, value: number | undefined, min: number, max: number, unit: string, why: string): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`;
    throw new Error(`'${prop}' must be a whole number of ${unit} ${range}, got ${formatValue(value)}; ${why}`);
  }
}

/** Throws if the environment of a function has more than Lambda takes. */
export function checkEnvironment(prop: string, texts: readonly (string | undefined)[], fix: string): void {
  const bytes = Buffer.byteLength(texts.filter((text) => !Token.isUnresolved(text)).join());
  if (bytes > BOUND.environmentListBytes) {
    throw new Error(`'${prop}' must come to ${BOUND.environmentListBytes} bytes at most, got ${bytes}; AWS Lambda takes 4 KB of environment variables in all: ${fix}`);
  }
}

/** Returns the seconds of a duration, also if they are no whole number. Throws for a token in another unit, which cannot be converted. */
export function secondsOf(prop: string, duration: Duration): number {
  if (!duration.isUnresolved()) return duration.toMilliseconds() / 1000;
  if (duration.unitLabel() !== 'seconds') {
    throw new Error(`'${prop}' must be in seconds when it is a token, got ${duration.unitLabel()}; a token cannot be converted: write Duration.seconds(…)`);
  }
  return duration.toSeconds();
}
