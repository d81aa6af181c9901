import { LocalError } from '../errors';

/** Calls or connections that a fault affects. */
export type Target =
  | { readonly rate: number }
  /** Connections by their numbers, in the order in which they came, the first being 1; pairs of first and last. */
  | { readonly connections: readonly (readonly [number, number])[] };

export type Fault =
  /** Calls of @connections get this status and have no effect. */
  | { readonly kind: 'status'; readonly status: number; readonly target: Target }
  /** Calls of @connections take longer. */
  | { readonly kind: 'latency'; readonly minMillis: number; readonly maxMillis: number; readonly target: Target }
  /** Reads that do not ask for consistency see tables as they were so long ago. */
  | { readonly kind: 'stale'; readonly lagMillis: number; readonly rate: number }
  /** `$disconnect` is never invoked. */
  | { readonly kind: 'lost-disconnect'; readonly target: Target }
  /** So long after its opening, nothing passes on a connection any more, and neither side is notified. */
  | { readonly kind: 'unplug'; readonly minMillis: number; readonly maxMillis: number; readonly target: Target };

export const FAULT_SYNTAX = '410=0.1, 429=#2, 503=0.05, latency=200ms, latency=50ms-2s@0.1, stale=500ms, lost-disconnect=0.5 or unplug=20s@#1';

const STATUSES = [403, 410, 413, 429];

/** Parses a `--fault`: `NAME=VALUE`, or `NAME=VALUE@TARGET`. */
export function parseFault(text: string): Fault {
  const [, name, value, target] = /^([^=]+)=([^@]*)(?:@(.*))?$/.exec(text.trim()) ?? [];
  const fault = name === undefined ? undefined : read(name.trim(), value.trim(), target?.trim());
  if (!fault) throw new LocalError(`'--fault' must be like ${FAULT_SYNTAX}, got '${text}'; see broadcast-local --help`, 2);
  return fault;
}

function read(name: string, value: string, targetText: string | undefined): Fault | undefined {
  if (name === 'latency' || name === 'unplug') {
    const [minMillis, maxMillis = minMillis, ...more] = value.split('-').map(duration);
    const target = readTarget(targetText ?? '1');
    const isRange = minMillis !== undefined && maxMillis !== undefined && minMillis <= maxMillis && more.length === 0;
    return isRange && target ? { kind: name, minMillis, maxMillis, target } : undefined;
  }
  if (name === 'stale') {
    const lagMillis = duration(value);
    const target = readTarget(targetText ?? '1');
    return lagMillis === undefined || !target || !('rate' in target) ? undefined : { kind: 'stale', lagMillis, rate: target.rate };
  }
  const target = readTarget(value);
  if (!target || targetText !== undefined) return undefined;
  if (name === 'lost-disconnect') return { kind: 'lost-disconnect', target };
  const status = Number(name);
  const isKnown = STATUSES.includes(status) || (Number.isInteger(status) && status >= 500 && status <= 599);
  return isKnown ? { kind: 'status', status, target } : undefined;
}

function readTarget(text: string): Target | undefined {
  if (text.startsWith('#')) {
    const connections = text.split(',').map(readRange);
    return connections.every((range) => range !== undefined) ? { connections } : undefined;
  }
  const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%)?$/.exec(text) ?? [];
  const rate = Number(digits) / (percent ? 100 : 1);
  return rate >= 0 && rate <= 1 ? { rate } : undefined;
}

function readRange(text: string): readonly [number, number] | undefined {
  const [, first, last = first] = /^\s*#(\d+)(?:-#?(\d+))?\s*$/.exec(text) ?? [];
  return Number(first) >= 1 && Number(last) >= Number(first) ? [Number(first), Number(last)] : undefined;
}

function duration(text: string): number | undefined {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)(ms|s)\s*$/.exec(text) ?? [];
  const milliseconds = Number(digits) * (unit === 's' ? 1000 : 1);
  return milliseconds <= 60_000 ? milliseconds : undefined;
}
