import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ROOT } from './apps';

interface Packed {
  readonly filename: string;
  readonly files: { readonly path: string }[];
}

/** Path without any part of this checkout, such as esbuild, and without Docker. */
const PATH = (process.env.PATH ?? '').split(delimiter).filter((dir) => !dir.includes('node_modules') && !existsSync(join(dir, 'docker')));

/** A folder that contains only what npm installs there. */
export class EmptyFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'empty-folder-'));

  constructor() {
    writeFileSync(join(this.path, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  }

  /** Installs a package of this checkout as npm would publish it, and others beside it. Returns the paths of its files. */
  install(workspace: string | undefined, ...others: string[]): string[] {
    const of = workspace === undefined ? [] : ['--workspace', workspace];
    const [packed] = JSON.parse(npm(ROOT, 'pack', '--json', '--ignore-scripts', '--pack-destination', this.path, ...of)) as Packed[];
    npm(this.path, 'install', '--no-audit', '--no-fund', `./${packed.filename}`, ...others);
    return packed.files.map(({ path }) => path).sort();
  }

  /** Names of all installed packages. */
  packages(): string[] {
    return readdirSync(join(this.path, 'node_modules')).filter((name) => !name.startsWith('.')).sort();
  }

  manifest(name: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.path, 'node_modules', name, 'package.json'), 'utf8')) as Record<string, unknown>;
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text);
  }

  /** Returns the output of a program on a version of Node.js; the program has to end by itself. */
  async run(node: string, ...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(node, args, { cwd: this.path, env: environment(node), timeout: 120_000 });
    return stdout;
  }

  /** Returns the compiler's errors in a file. */
  typeErrors(file: string, ...options: string[]): Promise<string> {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    return this.run(process.execPath, tsc, '--noEmit', '--strict', '--skipLibCheck', ...options, file)
      .catch((error: { stdout: string }) => error.stdout);
  }

  start(node: string, ...args: string[]): ChildProcess {
    return spawn(node, args, { cwd: this.path, env: environment(node), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function environment(node: string): NodeJS.ProcessEnv {
  return { HOME: process.env.HOME, PATH: [dirname(node), ...PATH].join(delimiter) };
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_config_prefer_offline: 'true' } });
}

/** Returns the output of a local runner until it is ready. */
export async function readiness(runner: ChildProcess): Promise<string> {
  let said = '';
  runner.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  for await (const line of createInterface({ input: runner.stdout! })) {
    said += `${line}\n`;
    if (line.startsWith('Ready')) return said;
  }
  throw new Error(`${basename(runner.spawnfile)} ended before it was ready; it said:\n${said}`);
}

export async function end(runner: ChildProcess): Promise<void> {
  if (runner.exitCode !== null || runner.signalCode !== null) return;
  const ended = once(runner, 'exit');
  runner.kill('SIGINT');
  await ended;
}
