import { ENV, MESSAGE_FORMATS, type MessageFormatName, QUOTA } from '../../src/private/contract';
import type { ClaimRule } from '../core/claim-access';
import type { OriginRule } from '../core/origin';

/** Returns the value of a required variable. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} must be set; the construct sets it: deploy the stack again`);
  return value;
}

export function requireNumber(name: string): number {
  const value = Number(requireEnv(name));
  if (!(value > 0)) throw new Error(`environment variable ${name} must be a number above 0, got '${process.env[name]}'; the construct sets it: deploy the stack again`);
  return value;
}

/** Returns the number in a variable that the construct sets only if the user did. */
export function optionalNumber(name: string): number | undefined {
  return process.env[name] === undefined ? undefined : requireNumber(name);
}

/** Most bytes of a message as its recipients get it. */
export function maxMessageBytes(): number {
  return optionalNumber(ENV.maxMessageBytes) ?? QUOTA.messageBytes;
}

/** Rule for the pages that may connect; undefined when all may. */
export function originRule(): OriginRule | undefined {
  const allowed = process.env[ENV.allowedOrigins];
  if (allowed === undefined) return undefined;
  return { allowed: allowed.toLowerCase().split(','), allowMissing: process.env[ENV.allowMissingOrigin] === 'true' };
}

/** Claim that lets clients publish; undefined when all may. */
export function publishClaim(): ClaimRule | undefined {
  const key = process.env[ENV.publishClaim];
  return key === undefined ? undefined : { key, patterns: process.env[ENV.publishClaimPatterns] === 'true' };
}

export function messageFormat(): MessageFormatName {
  const value = requireEnv(ENV.messageFormat);
  const format = MESSAGE_FORMATS.find((name) => name === value);
  if (!format) {
    throw new Error(`environment variable ${ENV.messageFormat} must be one of ${MESSAGE_FORMATS.join(', ')}, got '${value}'; the construct sets it: deploy the stack again`);
  }
  return format;
}
