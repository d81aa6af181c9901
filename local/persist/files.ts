import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { LocalError, messageOf } from '../errors';

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
