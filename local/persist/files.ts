import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LocalError, messageOf } from '../errors';

/** Makes a directory that only its owner can read, and those above it: as Node.js would, which in `/proc` never ends to try. */
export function makeDirectory(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeDirectory(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // It was there, or another runner was faster.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Writes a file so that it is, at every moment, as it was before or as it is to be. Only its owner can read it. */
export async function writeAtomically(path: string, lines: Iterable<string>): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile([...lines].join('\n'));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Reads what was written in an earlier run, if anything was. */
export function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new LocalError(`${path} cannot be read (${messageOf(error)}); mend it, or remove it`);
  }
}
