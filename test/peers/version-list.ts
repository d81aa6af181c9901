import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* Versions of the peers that users may have: the lowest, and the newest patch of each minor version. */

export const VERSIONS_FILE = join(__dirname, 'versions.json');

export type Peer = 'aws-cdk-lib' | 'constructs';

/** Versions by peer, from the lowest on. */
export type VersionList = Readonly<Record<Peer, string[]>>;

/** Last and first version on either side of each feature detection: see src/private/monitoring/nag-suppressions.ts. */
const SIDES_OF_DETECTIONS = ['2.250.0', '2.251.0', '2.252.0', '2.268.0', '2.269.0'];

export function readVersions(): VersionList {
  return JSON.parse(readFileSync(VERSIONS_FILE, 'utf8')) as VersionList;
}

/** Versions that a test run uses unless it uses all: both ends, and each side of every detection. */
export function chosen(versions: string[]): string[] {
  return versions.filter((version, index) => index === 0 || index === versions.length - 1 || SIDES_OF_DETECTIONS.includes(version));
}

/** Returns the lowest version, and the newest patch of each minor version up to the next major version. */
export function newestPatches(floor: string, published: string[]): string[] {
  const [major, minor, patch] = numbers(floor);
  const newest = new Map<number, number>();
  for (const version of published.filter((each) => /^\d+\.\d+\.\d+$/.test(each))) {
    const [ofMajor, ofMinor, ofPatch] = numbers(version);
    const isInRange = ofMajor === major && (ofMinor > minor || (ofMinor === minor && ofPatch >= patch));
    if (isInRange) newest.set(ofMinor, Math.max(ofPatch, newest.get(ofMinor) ?? 0));
  }
  const versions = [...newest].sort(([one], [other]) => one - other).map(([ofMinor, ofPatch]) => `${major}.${ofMinor}.${ofPatch}`);
  return [...new Set([floor, ...versions])];
}

function numbers(version: string): [number, number, number] {
  return version.split('.').map(Number) as [number, number, number];
}
