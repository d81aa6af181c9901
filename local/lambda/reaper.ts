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
    this.tell({ directory });
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  }

  /** To be called before a process is started: from then on it is watched at once. */
  prepare(): void {
    this.process ??= start();
  }

  /**
   * Ends a process and its group, should the runner end before {@link ended} is called.
   *
   * @param marker a variable, as NAME=VALUE, of which every process that came of it has a copy: they end with it in whatever group they are
   */
  watch(pid: number, marker?: string): void {
    this.prepare();
    this.tell({ watch: pid, marker });
  }

  /** Ends a process that is watched, and what came of it. */
  kill(pid: number): void {
    if (this.isRunning) this.tell({ kill: pid });
    else killGroup(pid);
  }

  /** A process has ended: nothing that came of it is left alone. */
  ended(pid: number): void {
    killGroup(pid);
    this.tell({ ended: pid });
  }

  async stop(): Promise<void> {
    const running = this.process;
    if (!running || !this.isRunning) return;
    // Nothing else may be left to wait for, and the runner would end here.
    running.ref();
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.stdin?.end();
    await ended;
  }

  private get isRunning(): boolean {
    return this.process?.exitCode === null && this.process.signalCode === null;
  }

  private tell(word: object): void {
    this.process?.stdin?.write(`${JSON.stringify(word)}\n`);
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
