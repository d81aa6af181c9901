import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

export interface TreeWatcherOptions {
  readonly root: string;
  /** Whether a file or a whole directory is passed over. Takes a path relative to the root, with forward slashes. */
  readonly isExcluded: (path: string) => boolean;
  readonly isIncluded: (path: string) => boolean;
  /** Receives relative paths of files that are not what they were. */
  readonly onChange: (path: string) => void;
}

/** Larger files are told apart by their time and size. */
const MAX_HASHED_BYTES = 4 * 1024 * 1024;

/**
 * Watches the files of a directory tree. Watching every directory by itself, instead of the tree as a whole, keeps node_modules and the
 * like out of it. A file that was written again with the same content has not changed: some apps write files whenever they are run.
 */
export class TreeWatcher {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly fingerprints = new Map<string, string>();

  constructor(private readonly options: TreeWatcherOptions) {
    this.visit('');
  }

  close(): void {
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  /** Begins to watch a directory. Of the files that are there from the start, the first write counts as a change, whatever it is. */
  private visit(directory: string, onFile?: (path: string) => void): void {
    const absolute = join(this.options.root, directory);
    try {
      const watcher = watch(absolute, (_event, name) => name !== null && this.look(join(directory, name).replaceAll('\\', '/')));
      watcher.on('error', () => this.leave(directory));
      this.watchers.set(directory, watcher);
      for (const entry of readdirSync(absolute, { withFileTypes: true })) {
        const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
        if (this.options.isExcluded(path)) continue;
        if (entry.isDirectory()) this.visit(path, onFile);
        else if (onFile && this.isNews(path)) onFile(path);
      }
    } catch {
      // It has gone, or cannot be read.
      this.leave(directory);
    }
  }

  private look(path: string): void {
    const { root, isExcluded, onChange } = this.options;
    if (isExcluded(path)) return;
    if (isDirectory(join(root, path))) {
      if (!this.watchers.has(path)) this.visit(path, onChange);
    } else {
      if (this.watchers.has(path)) this.leave(path);
      if (this.isNews(path)) onChange(path);
    }
  }

  private leave(directory: string): void {
    this.watchers.get(directory)?.close();
    this.watchers.delete(directory);
  }

  /** Remembers what a file holds. */
  private isNews(path: string): boolean {
    if (!this.options.isIncluded(path)) return false;
    const before = this.fingerprints.get(path);
    const now = fingerprint(join(this.options.root, path));
    if (now === undefined) this.fingerprints.delete(path);
    else this.fingerprints.set(path, now);
    return before !== now;
  }
}

/** What cannot be looked at, such as a link to itself, is none. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
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
