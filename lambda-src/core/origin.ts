import { headerValues, type Headers } from './headers';

/** Rule for the pages that may connect. */
export interface OriginRule {
  /** Origins, or patterns of them such as `https://*.example.com`; in lower case. */
  readonly allowed: readonly string[];
  /** Whether clients that name no origin may connect. */
  readonly allowMissing: boolean;
}

const LABELS = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** Whether a handshake may connect: its page is allowed, or it comes from no page and that is allowed. */
export function admitsOrigin(headers: Headers | null | undefined, { allowed, allowMissing }: OriginRule): boolean {
  const origins = headerValues(headers, 'origin').map((origin) => origin.toLowerCase());
  if (origins.length === 0) return allowMissing;
  return origins.every((origin) => allowed.some((pattern) => matches(origin, pattern)));
}

function matches(origin: string, pattern: string): boolean {
  const [start, end] = pattern.split('*');
  if (end === undefined) return origin === pattern;
  return origin.startsWith(start) && origin.endsWith(end) && LABELS.test(origin.slice(start.length, -end.length));
}
