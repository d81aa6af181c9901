import { createHash } from 'node:crypto';
import type { Environment } from './identity';

export function arn({ partition, region, account }: Environment, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** Returns the ARN of a resource without a region. */
export function globalArn({ partition, account }: Environment, service: string, resource: string): string {
  return `arn:${partition}:${service}::${account}:${resource}`;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns a hash of lower-case letters and digits. */
export function hash(input: string, length: number): string {
  const bytes = createHash('sha256').update(input).digest();
  return Array.from(bytes.subarray(0, length), (byte) => (byte % 36).toString(36)).join('');
}

/** Returns a hash of 64 hexadecimal digits. */
export function digest(input: string): string {
  return createHash('sha256').update(input).digest('hex');
}

export function uuid(input: string): string {
  return digest(input).slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
