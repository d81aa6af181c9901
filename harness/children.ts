import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from './root';

/** The Node.js that Lambda runs, from its npm package. */
const LAMBDA_NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');

export interface ChildOptions {
  readonly args?: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly nodeOptions?: readonly string[];
}

/**
 * The child processes of a test or a bench, and the directory of their code.
 *
 * Each of them ends when its channel to this process closes, so that none outlives it whatever happens.
 */
export class Children {
  readonly directory = mkdtempSync(join(tmpdir(), 'broadcast-rig-'));
  private readonly running = new Set<ChildProcess>();
  private readonly bundles = new Map<string, string>();

  /**
   * One file with all that an entry point needs, made with esbuild's defaults: it starts without a TypeScript compiler,
   * which would count as its own CPU and memory.
   */
  bundle(entry: string): string {
    const known = this.bundles.get(entry);
    if (known) return known;
    const outfile = join(this.directory, String(this.bundles.size), `${basename(entry, '.ts')}.js`);
    buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node24', logLevel: 'error' });
    this.bundles.set(entry, outfile);
    return outfile;
  }

  /** A file with this content. */
  write(name: string, content: string): string {
    const file = join(this.directory, name);
    writeFileSync(file, content);
    return file;
  }

  start(file: string, { args = [], env = {}, cwd, nodeOptions = [] }: ChildOptions = {}): ChildProcess {
    const child = fork(file, args, { execPath: LAMBDA_NODE, execArgv: [...nodeOptions], env, cwd, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    return child;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running].map((child) => kill(child)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Ends a child, also a frozen one; settles when it has ended. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
