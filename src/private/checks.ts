import { Token, type Duration } from 'aws-cdk-lib';

/** Throws unless a duration is missing or is a whole number of seconds within these bounds. */
export function checkDuration(prop: string, duration: Duration | undefined, min: number, max: number, why: string): void {
  checkInteger(prop, duration && secondsOf(duration), min, max, 'seconds', why);
}

/** Throws unless a value is missing or is a whole number within these bounds. */
export function checkInteger(prop: string, value: number | undefined, min: number, max: number, unit: string, why: string): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`;
    throw new Error(`'${prop}' must be a whole number of ${unit} ${range}, got ${value}; ${why}`);
  }
}

/** Also of a duration that has no whole number of seconds. */
export function secondsOf(duration: Duration): number {
  return duration.isUnresolved() ? duration.toSeconds() : duration.toMilliseconds() / 1000;
}
