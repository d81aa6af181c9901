import { ENV, MESSAGE_FORMATS, type MessageFormatName, QUOTA } from '../../src/private/contract';
import type { ClaimRule } from '../core/claim-access';
import type { OriginRule } from '../core/origin';

/** Value of a variable without which a handler cannot work. */
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

/** The number in a variable that the construct sets only when the user has. */
export function optionalNumber(name: string): number | undefined {
  return process.env[name] === undefined ? undefined : requireNumber(name);
}

/** How many bytes a message may have as its recipients get it. */
export function maxMessageBytes(): number {
  return optionalNumber(ENV.maxMessageBytes) ?? QUOTA.messageBytes;
}

/** Which pages may connect; undefined when all may. */
export function originRule(): OriginRule | undefined {
  const allowed = process.env[ENV.allowedOrigins];
  if (allowed === undefined) return undefined;
  return { allowed: allowed.toLowerCase().split(','), allowMissing: process.env[ENV.allowMissingOrigin] === 'true' };
}

/** The claim by which clients may publish; undefined when all may. */
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
