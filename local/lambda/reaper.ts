import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childScript } from './child-scripts';

/** Makes sure that neither a process nor a temporary file outlives the runner, not even when the runner is killed. */
export class Reaper {
  private process?: ChildProcess;

  /** Makes a directory for temporary files. It is removed when the runner ends, however that happens. */
  makeDirectory(): string {
    const directory = join(tmpdir(), `broadcast-local-${randomUUID()}`);
    this.prepare();
    // Before it is there, so that there is no moment at which nobody would remove it.
    this.process?.stdin?.write(`!${JSON.stringify(directory)}\n`);
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  }

  /** To be called before a process is started: from then on it is watched at once. */
  prepare(): void {
    this.process ??= start();
  }

  /** Ends a process, and what it started, should the runner end before {@link forget} is called. */
  watch(pid: number): void {
    this.prepare();
    this.process?.stdin?.write(`+${pid}\n`);
  }

  forget(pid: number): void {
    this.process?.stdin?.write(`-${pid}\n`);
  }

  async stop(): Promise<void> {
    const running = this.process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    // Nothing else may be left to wait for, and the runner would end here.
    running.ref();
    running.ref();
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.stdin?.end();
    await ended;
  }
}

/** Ends the processes of a group, if any is left. */
export function killGroup(pid: number): void {
  if (process.platform === 'win32') return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // None is.
  }
}

function start(): ChildProcess {
  // A group of its own, so that Ctrl-C in the terminal does not reach it.
  const reaper = spawn(process.execPath, [childScript('reaper.js')], { detached: true, env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
  reaper.on('error', () => undefined);
  reaper.stdin?.on('error', () => undefined);
  reaper.unref();
  return reaper;
}
