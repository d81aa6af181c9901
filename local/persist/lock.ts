import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LocalError } from '../errors';
import { isRunning, startOf } from '../processes';

/** Locks of this process: in containers, every runner may have the same process id. */
const held = new Set<string>();

/** The process that holds a lock. */
interface Owner {
  readonly pid: number;
  /** Start time, since the process id may belong to another process by now. Undefined where the system does not show it. */
  readonly started?: string;
}

/**
 * Reserves a directory for one runner. The lock is written before it is moved into place, so that no reader sees it empty.
 *
 * @returns the function that releases it
 */
export function lock(directory: string, file: string): () => void {
  const own = `${file}-${randomUUID()}`;
  writeFileSync(own, `${process.pid}\n${startOf(process.pid) ?? ''}\n`, { flag: 'wx' });
  try {
    while (!isDone(() => linkSync(own, file), 'EEXIST')) {
      const owner = ownerOf(file);
      if (isHeld(file, owner)) {
        throw new LocalError(`'${directory}' is in use by another runner (process ${owner.pid}); stop it, or pass another --persist; if process ${owner.pid} is no runner, remove ${file}`);
      }
      removeStale(file);
    }
  } finally {
    rmSync(own, { force: true });
  }
  held.add(resolve(file));
  return () => {
    held.delete(resolve(file));
    rmSync(file, { force: true });
  };
}

/** Removes the lock of a runner that was killed. A newer lock found in its place is put back. */
function removeStale(file: string): void {
  const aside = `${file}-${randomUUID()}`;
  if (!isDone(() => renameSync(file, aside), 'ENOENT')) return;
  try {
    if (isHeld(file, ownerOf(aside))) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @returns false when it failed with the expected error */
function isDone(action: () => void, expected: string): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expected) return false;
    throw error;
  }
}

function isHeld(file: string, { pid, started }: Owner): boolean {
  if (pid === process.pid) return held.has(resolve(file));
  return isRunning(pid) && (started === undefined || [undefined, started].includes(startOf(pid)));
}

function ownerOf(file: string): Owner {
  try {
    const [pid, started] = readFileSync(file, 'utf8').split('\n');
    return { pid: Number(pid), started: started || undefined };
  } catch {
    return { pid: 0 };
  }
}
