import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer } from './version-list';
import { type Templates } from '../package/support/packed-app';

/* Differences between the templates of two versions, and the known ones. */

/** A difference that a version of a peer causes, not this library. */
export interface KnownDifference {
  readonly peer: Peer;
  /** First version that has it. */
  readonly from: string;
  /** Stack, then keys of the template, with dots between them. */
  readonly path: string;
  /** JSON of the value: the text with the lowest version, and its replacement. */
  readonly change: readonly [string, string];
  readonly reason: string;
}

export function readDifferences(): KnownDifference[] {
  return JSON.parse(readFileSync(join(__dirname, 'known-differences.json'), 'utf8')) as KnownDifference[];
}

/** Describes the first difference; undefined if there is none. @param known differences that the version must have */
export function differencesOf(floor: Templates, templates: Templates, known: readonly KnownDifference[]): string[] {
  const pending = new Set(known);
  const found = compare(floor, templates, [], (path, before, after) => {
    const expected = known.find((each) => each.path === path && before?.replace(...each.change) === after);
    if (expected) pending.delete(expected);
    return expected !== undefined;
  });
  return [...found, ...[...pending].map(({ path, reason }) => `${path}: the listed difference is not there (${reason})`)];
}

type IsKnown = (path: string, before: string | undefined, after: string | undefined) => boolean;

function compare(before: unknown, after: unknown, keys: string[], isKnown: IsKnown): string[] {
  if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => compare(before[key], after[key], [...keys, key], isKnown));
  }
  const [was, is] = [JSON.stringify(before) as string | undefined, JSON.stringify(after) as string | undefined];
  const path = keys.join('.');
  return was === is || isKnown(path, was, is) ? [] : [`${path}: ${was ?? 'nothing'} became ${is ?? 'nothing'}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}

/** Whether a version is at least another one. */
export function isFrom(version: string, first: string): boolean {
  return version.localeCompare(first, 'en', { numeric: true }) >= 0;
}
