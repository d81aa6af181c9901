import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { LocalError } from '../errors';

/**
 * Makes sure that a directory is used by one runner at a time.
 *
 * @returns what frees it
 */
export function lock(directory: string, file: string): () => void {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(file);
    if (isRunning(owner)) throw new LocalError(`'${directory}' is in use by another runner (process ${owner}); stop it, or pass another --persist`);
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
