import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* Gives the packages in the workspaces the version of the package at the top: the three are released together. */

interface Manifest {
  version: string;
  readonly workspaces?: string[];
}

export function alignVersions(root: string): void {
  const { version, workspaces = [] } = read(root);
  for (const folder of workspaces.map((workspace) => join(root, workspace))) {
    const manifest = { ...read(folder), version };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }
}

function read(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

if (require.main === module) alignVersions(join(__dirname, '..'));
