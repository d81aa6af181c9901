import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { killProcess } from '../../../harness/processes';

const STARTUP_MILLIS = 120_000;

/** An external server, with all processes that it starts. */
export interface Server {
  readonly output: () => string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly isReady: (output: string) => boolean | Promise<boolean>;
}

/**
 * Runs a program, and kills the whole process group when its own input ends, which means that the test process is gone, even if it was killed. The
 * arguments are the program and its arguments; the first sets the program's `env`.
 */
export const GUARD = `
const { spawn } = require('node:child_process');
const [env, command, ...args] = process.argv.slice(1);
process.stdin.on('end', () => process.kill(-process.pid, 'SIGKILL')).resume();
spawn(command, args, { env: JSON.parse(env), stdio: ['ignore', 'inherit', 'inherit'] })
  .on('error', (error) => { console.error(error.message); process.exit(1); })
  .on('exit', (code) => process.exit(code ?? 1));
`;

/** Starts a program in its own process group and waits until it serves. It ends with this process at the latest. */
export async function startServer(command: string, args: readonly string[], { cwd, env = process.env, isReady }: ServerOptions): Promise<Server> {
  const child = spawn(process.execPath, ['-e', GUARD, JSON.stringify(env), command, ...args], { cwd, detached: true, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output = `${output}${chunk.toString()}`.slice(-1_000_000); });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const server = {
    output: () => output,
    async stop() {
      // Including everything that the server started.
      if (child.pid !== undefined) killProcess(-child.pid);
      await ended;
    },
  };
  const deadline = Date.now() + STARTUP_MILLIS;
  while (!(await isReady(output))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await server.stop();
      throw new Error(`${command} did not start:\n${output.slice(-2000)}`);
    }
    await sleep(100);
  }
  return server;
}
