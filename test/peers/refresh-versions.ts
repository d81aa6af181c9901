import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestPatches, type Peer, readVersions, VERSIONS_FILE } from './version-list';

/* Rewrites versions.json from the registry. It is a task, not a test: a peer's release must not break anybody's commit. */

const { peerDependencies } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { peerDependencies: Record<Peer, string> };

const before = readVersions();
const after = Object.fromEntries((Object.keys(before) as Peer[]).map((peer) => {
  const published = JSON.parse(execFileSync('npm', ['view', peer, 'versions', '--json'], { encoding: 'utf8', maxBuffer: 1 << 26 })) as string[];
  const versions = newestPatches(peerDependencies[peer].replace('^', ''), published);
  const added = versions.filter((version) => !before[peer].includes(version));
  console.log(`${peer}: ${versions.length} versions${added.length > 0 ? `, new: ${added.join(', ')}` : ''}`);
  return [peer, versions];
}));
writeFileSync(VERSIONS_FILE, `${JSON.stringify(after, undefined, 2)}\n`);
