import { type ChildProcess, execFile, type ExecFileOptions } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ModuleKind, transpileModule } from 'typescript';
import { PACKAGE, ROOT } from './apps';

/* An app in its own folder, with the packed tarball and packages of the registry, installed like a user does. */

const start = promisify(execFile);
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill()));

/** Runs a command, which ends with this process at the latest. */
async function run(command: string, args: string[], options: ExecFileOptions = {}): Promise<{ stdout: string; stderr: string }> {
  const result = start(command, args, { ...options, encoding: 'utf8', maxBuffer: 1 << 26 });
  running.add(result.child);
  try {
    return await result;
  } finally {
    running.delete(result.child);
  }
}

/** Stacks of an app by name, each as its template. */
export type Templates = Readonly<Record<string, unknown>>;

/** The registry does not serve a version, or cannot be reached. */
export class NotServed extends Error {}

const NOT_SERVED = /\b(E404|E403|ETARGET|ENOVERSIONS|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/;

/** Packs the compiled and bundled checkout into a folder; returns the tarball. */
export async function pack(folder: string): Promise<string> {
  for (const made of ['lib/index.js', 'assets/lambda-src']) {
    if (!existsSync(join(ROOT, made))) throw new Error(`${made} is missing: run \`npx projen bundle && npx projen compile\` first`);
  }
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout) as { filename: string }[];
  return join(folder, basename(filename));
}

/**
 * Installs packages into an empty folder.
 *
 * @param packages in npm's form: `name@version`, or the path of a tarball
 * @param cache npm's cache, which the caller keeps or deletes
 */
export async function install(folder: string, packages: string[], cache: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty-app', private: true }));
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--cache', cache, ...packages];
  try {
    await run('npm', args, { cwd: folder });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const reason = stderr.split('\n').find((line) => /^npm (error|ERR!)/.test(line) && NOT_SERVED.test(stderr));
    throw reason ? new NotServed(reason) : error;
  }
}

/** Installs from this checkout, without a registry: the tarball beside the peers that are installed here. */
export async function installHere(folder: string, tarball: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  const target = join(modules, PACKAGE);
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  for (const peer of ['aws-cdk-lib', 'constructs']) symlinkSync(join(ROOT, 'node_modules', peer), join(modules, peer));
}

/** Writes an app of `test/peers/stacks.ts` into the folder. @param more code that runs before the synthesis */
export function writeStacksApp(folder: string, more = ''): void {
  const { outputText } = transpileModule(readFileSync(join(ROOT, 'test', 'peers', 'stacks.ts'), 'utf8'), { compilerOptions: { module: ModuleKind.CommonJS } });
  writeFileSync(join(folder, 'stacks.js'), outputText);
  writeFileSync(join(folder, 'app.js'), `
    const { App } = require('aws-cdk-lib');
    const app = new App({ outdir: process.env.OUTDIR });
    require('./stacks').addStacks(app);
    ${more}
    app.synth();
  `);
}

/** Runs the app of a folder. @param context values such as feature flags */
export async function synthesizeStacks(folder: string, context: Record<string, unknown> = {}, variables: NodeJS.ProcessEnv = {}): Promise<Templates> {
  const outdir = join(folder, 'cdk.out');
  const env = { ...process.env, OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context), JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1', ...variables };
  await run('node', ['app.js'], { cwd: folder, env });
  const names = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  return Object.fromEntries(names.map((name) => [name.replace('.template.json', ''), JSON.parse(readFileSync(join(outdir, name), 'utf8')) as unknown]));
}
