import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LocalError } from '../errors';

/** The locks that this process holds: in a container, every runner may be the same number. */
const held = new Set<string>();

/**
 * Makes sure that a directory is used by one runner at a time.
 *
 * @returns what frees it
 */
export function lock(directory: string, file: string): () => void {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      held.add(resolve(file));
      return () => {
        held.delete(resolve(file));
        rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(file);
    if (owner === process.pid ? held.has(resolve(file)) : isRunning(owner)) throw new LocalError(`'${directory}' is in use by another runner (process ${owner}); stop it, or pass another --persist`);
    // That runner was killed.
    rmSync(file, { force: true });
  }
}

function ownerOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
