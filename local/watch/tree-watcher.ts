import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { watch } from 'chokidar';

export interface TreeWatcherOptions {
  readonly root: string;
  /** Whether to skip a file or a whole directory. Takes a path relative to the root, with forward slashes. */
  readonly isExcluded: (path: string) => boolean;
  readonly isIncluded: (path: string) => boolean;
  /** Receives relative paths of changed files. */
  readonly onChange: (path: string) => void;
  /** Receives the reason when something cannot be watched. */
  readonly onError: (error: unknown) => void;
}

/** Larger files are compared by time and size. */
const MAX_HASHED_BYTES = 4 * 1024 * 1024;

/**
 * Watches the files of a directory tree from the moment it resolves. A file that is rewritten with the same content has not changed: some
 * apps write files at every run. The first write to a file that existed at the start counts as a change.
 */
export async function watchTree({ root, isExcluded, isIncluded, onChange, onError }: TreeWatcherOptions): Promise<{ close(): Promise<void> }> {
  const fingerprints = new Map<string, string>();
  const isNews = (path: string): boolean => {
    const before = fingerprints.get(path);
    const now = fingerprint(join(root, path));
    if (now !== undefined) fingerprints.set(path, now);
    return before !== now;
  };
  const pathOf = (absolute: string) => relative(root, absolute).replaceAll('\\', '/');
  const watcher = watch(root, { ignored: (path) => path !== root && isExcluded(pathOf(path)), ignoreInitial: true, followSymlinks: false });
  watcher.on('all', (event, absolute) => {
    const path = pathOf(absolute);
    if (!isIncluded(path)) return;
    if (event === 'unlink') fingerprints.delete(path);
    if (event === 'unlink' || (['add', 'change'].includes(event) && isNews(path))) onChange(path);
  });
  watcher.on('error', onError);
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return { close: () => watcher.close() };
}

function fingerprint(file: string): string | undefined {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return undefined;
    const { size, mtimeMs } = stats;
    return size > MAX_HASHED_BYTES ? `${size} ${mtimeMs}` : createHash('sha1').update(readFileSync(file)).digest('base64');
  } catch {
    return undefined;
  }
}
