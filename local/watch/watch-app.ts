import { unwatchFile, watchFile } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { matcher } from './patterns';
import { watchTree } from './tree-watcher';
import { LocalError, messageOf, stackOf } from '../errors';
import type { Log } from '../log';
import { readCdkJson } from '../synth/synthesise';

export interface WatchOptions {
  /** A cloud assembly that another program writes. By default, the app's sources in the current directory are watched. */
  readonly assembly?: string;
  /** Directories whose files do not affect the app. */
  readonly ignored: readonly string[];
  readonly onChange: () => Promise<void>;
  readonly log: Log;
}

export interface Watcher {
  close(): void | Promise<void>;
}

/** Editors and synthesis write several files in a row. */
const SETTLING_MILLIS = 100;

const ASSEMBLY_POLL_MILLIS = 250;

/** Never watched, as in `cdk watch`: cdk.json cannot change that. */
const NEVER_WATCHED = ['**/.*', '**/node_modules', '**/__pycache__', 'cdk.out'];

/** Calls back when an app has changed, once for changes at about the same time, and never while an earlier call runs. */
export async function watchApp({ assembly, ignored, onChange, log }: WatchOptions): Promise<Watcher> {
  const changes = new Changes(onChange, log);
  const add = (path: string) => changes.add(path);
  const watcher = assembly === undefined ? await watchSources(ignored, add, log) : watchAssembly(assembly, add);
  return {
    close: () => {
      changes.close();
      return watcher.close();
    },
  };
}

function watchSources(ignored: readonly string[], onChange: (path: string) => void, log: Log): Promise<Watcher> {
  const root = process.cwd();
  const { include = '**', exclude = [] } = readCdkJson().watch ?? {};
  const relativeToRoot = ignored.map((directory) => relative(root, resolve(directory)).replaceAll('\\', '/')).filter((path) => path !== '');
  return watchTree({
    root,
    isIncluded: matcher([include].flat()),
    isExcluded: matcher([...NEVER_WATCHED, ...[exclude].flat(), ...relativeToRoot]),
    onChange,
    onError: (error) => log({ source: 'local', event: 'error', detail: `not everything is watched: ${messageOf(error)}` }),
  });
}

/** Watches the manifest, which a synthesis writes last. Watched by its path: a synthesis may replace the whole directory. */
function watchAssembly(directory: string, onChange: (path: string) => void): Watcher {
  const manifest = join(directory, 'manifest.json');
  const listener = (now: { mtimeMs: number }) => { if (now.mtimeMs > 0) onChange(manifest); };
  watchFile(manifest, { interval: ASSEMBLY_POLL_MILLIS }, listener);
  return { close: () => unwatchFile(manifest, listener) };
}

class Changes {
  private readonly paths = new Set<string>();
  private timer?: NodeJS.Timeout;
  private running = false;
  private closed = false;

  constructor(private readonly onChange: () => Promise<void>, private readonly log: Log) {}

  add(path: string): void {
    this.paths.add(path);
    this.schedule();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.running || this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), SETTLING_MILLIS);
  }

  private async run(): Promise<void> {
    const [first, ...others] = this.paths;
    this.paths.clear();
    this.running = true;
    this.log({ source: 'local', event: 'reload', detail: others.length === 0 ? `${first} changed` : `${first} and ${others.length} more changed` });
    try {
      await this.onChange();
    } catch (error) {
      const why = error instanceof LocalError ? messageOf(error) : stackOf(error);
      if (!this.closed) this.log({ source: 'local', event: 'error', detail: `not reloaded: ${why}` });
    }
    this.running = false;
    if (this.paths.size > 0) this.schedule();
  }
}
