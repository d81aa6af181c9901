import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultEnvironment } from '../default-environment';
import type { AppOutput } from './app-output';
import { formatValue, LocalError, messageOf } from '../errors';
import { readLines } from '../lambda/lines';
import { killGroup, type Reaper } from '../lambda/reaper';
import { parseJson } from '../objects';

export interface SynthesisOptions {
  /** Command line of the app; else the one in cdk.json. */
  readonly app?: string;
  /** Directory for the cloud assembly. */
  readonly directory: string;
  readonly reaper: Reaper;
  /** Receives the output of the commands. */
  readonly output: AppOutput;
  /** Called for each command that starts: the "build" of cdk.json, and the app itself. */
  readonly onCommand: (what: 'app' | 'build', command: string) => void;
  /** Aborts the synthesis. */
  readonly abortSignal: AbortSignal;
}

/** The file that tells the CDK CLI how to run the app. */
export interface CdkJson {
  readonly app?: string | string[];
  /** Command that runs before the app. */
  readonly build?: string;
  readonly context?: Record<string, unknown>;
  /** Files for `cdk watch`. */
  readonly watch?: { readonly include?: string | string[]; readonly exclude?: string | string[] };
}

/** Runs a CDK app like the CDK CLI. */
export async function synthesise({ app, directory, ...options }: SynthesisOptions): Promise<void> {
  const cdkJson = readCdkJson();
  const configured = Array.isArray(cdkJson.app) ? cdkJson.app.join(' ') : cdkJson.app;
  const command = app ?? configured;
  if (command === undefined) {
    throw new LocalError('nothing to serve: no cloud assembly directory, no --app, and no cdk.json with an "app" in this directory; pass one of them', 2);
  }
  commandOf(command, 'app');
  if (isDirectory(command)) throw new LocalError(`the app command is a directory: ${command}; to serve a cloud assembly, pass it without --app`, 2);
  const { account, region } = defaultEnvironment();
  const context = {
    ...cdkJson.context,
    ...readJson<Record<string, unknown>>('cdk.context.json'),
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:version-reporting': false,
    'aws:cdk:bundling-stacks': ['**'],
  };
  const forApp = {
    CDK_OUTDIR: directory,
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
    // Since aws-cdk-lib 2.262 templates are checked against the rules of CloudFormation. That takes seconds and only helps deployments.
    CDK_VALIDATION: process.env.CDK_VALIDATION ?? 'false',
  };
  mkdirSync(directory, { recursive: true });
  if (cdkJson.build !== undefined) await run('build', commandOf(cdkJson.build, 'build'), process.env, options);
  const contextFile = join(directory, 'overflowing-context.json');
  try {
    await run('app', command, { ...process.env, ...forApp, ...contextVariables(JSON.stringify(context), contextFile) }, options);
  } finally {
    rmSync(contextFile, { force: true });
  }
  if (!existsSync(`${directory}/manifest.json`)) {
    throw new LocalError(`the app wrote no cloud assembly: ${command}; does it create an App, and call app.synth() where its language needs that?`);
  }
}

/** Linux refuses to start a program with a longer variable: 128 KiB, less its name. */
const MAX_VARIABLE_BYTES = 128 * 1024 - 100;

/** Passes the context as the CDK CLI does: in a variable, or in a file when it is too long for one. */
function contextVariables(context: string, file: string): Record<string, string> {
  if (Buffer.byteLength(context) <= MAX_VARIABLE_BYTES) return { CDK_CONTEXT_JSON: context };
  writeFileSync(file, context);
  // aws-cdk-lib reads the variable of this name.
  return { CONTEXT_OVERFLOW_LOCATION_ENV: file };
}

/** Longest wait for the last lines of a command after its end. */
const PRINTING_MILLIS = 500;

/** Waits for a line on standard input before it runs the command; exits without one. */
const GATE = 'read -r go || exit 1; exec /bin/sh -c "$1" </dev/null';

/**
 * Starts a command in its own process group, which ends as a whole with the runner. The command begins only once it is watched: otherwise a
 * runner that is killed in between would leave it behind.
 */
function spawnGated(command: string, env: NodeJS.ProcessEnv): ChildProcess {
  if (process.platform === 'win32') return spawn(command, { shell: true, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  return spawn('/bin/sh', ['-c', GATE, 'sh', command], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
}

function commandOf(value: unknown, member: 'app' | 'build'): string {
  if (typeof value !== 'string' || value.trim() === '') throw new LocalError(`'${member}' of cdk.json must be a command, got ${formatValue(value)}`, 2);
  return value;
}

type RunOptions = Omit<SynthesisOptions, 'app' | 'directory'>;

async function run(what: 'app' | 'build', command: string, env: NodeJS.ProcessEnv, { reaper, output, onCommand, abortSignal }: RunOptions): Promise<void> {
  abortSignal.throwIfAborted();
  onCommand(what, command);
  reaper.prepare();
  const child = spawnGated(command, env);
  const printed = Promise.all([child.stdout, child.stderr].map((stream) => readLines(stream, output.line)));
  const { pid } = child;
  if (pid !== undefined) reaper.watch(pid);
  child.stdin?.on('error', () => undefined).end('go\n');
  const stop = () => {
    if (pid !== undefined) killGroup(pid);
    child.kill('SIGKILL');
  };
  abortSignal.addEventListener('abort', stop, { once: true });
  const ended = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, killedBy) => resolve(code === 0 ? undefined : killedBy ? `signal ${killedBy}` : `exit code ${code}`));
  });
  abortSignal.removeEventListener('abort', stop);
  if (pid !== undefined) reaper.ended(pid);
  // A background program may keep the other end open indefinitely.
  await Promise.race([printed, sleep(PRINTING_MILLIS, undefined, { ref: false })]);
  if (ended !== undefined) throw new LocalError(`the ${what} command failed (${ended}): ${command}${output.failed()}`);
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

export function readCdkJson(): CdkJson {
  return readJson<CdkJson>('cdk.json');
}

function readJson<T extends object>(path: string): Partial<T> {
  if (!existsSync(path)) return {};
  try {
    return (parseJson(readFileSync(path, 'utf8')) ?? {}) as T;
  } catch (error) {
    throw new LocalError(`${path} is not valid JSON: ${messageOf(error)}`);
  }
}
