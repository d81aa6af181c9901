import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childScript } from './child-scripts';
import { LocalError, messageOf } from '../errors';

/** Makes sure that no process or temporary file outlives the runner, even if the runner is killed. */
export class Reaper {
  private process?: ChildProcess;
  private directory?: string;
  private stopped = false;
  /** Commands for each process that is watched, for another reaper if this one is killed. */
  private readonly watched = new Map<number, object[]>();

  /** Creates a directory for temporary files. It is removed when the runner ends, even if it is killed. */
  makeDirectory(): string {
    const directory = join(tmpdir(), `broadcast-local-${randomUUID()}`);
    this.prepare();
    this.directory = directory;
    // Announced before it exists, so that it is always removed.
    this.tell({ directory });
    try {
      mkdirSync(directory, { mode: 0o700 });
    } catch (error) {
      throw new LocalError(`no temporary directory can be made in '${tmpdir()}' (${messageOf(error)}); set TMPDIR to one that is there and writable`);
    }
    return directory;
  }

  /** Starts the reaper before a process is started, so that the process is watched at once. One that was killed is replaced. */
  prepare(): void {
    if (this.isRunning || this.stopped) return;
    this.process = start();
    this.process.once('exit', () => this.finishKills());
    if (this.directory !== undefined) this.tell({ directory: this.directory });
    for (const commands of this.watched.values()) for (const command of commands) this.tell(command);
  }

  /**
   * Ends a process and its group if the runner ends before {@link ended} is called.
   *
   * @param marker environment variable as NAME=VALUE that all descendants inherit; they end as well, in any group
   */
  watch(pid: number, marker?: string): void {
    this.prepare();
    this.tellOf(pid, { watch: pid, marker });
  }

  /** Ends a watched process and its descendants. */
  kill(pid: number): void {
    this.prepare();
    if (this.stopped) killGroup(pid);
    else this.tellOf(pid, { kill: pid });
  }

  /** Ends the descendants of a process that has ended. */
  ended(pid: number): void {
    killGroup(pid);
    this.watched.delete(pid);
    this.tell({ ended: pid });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    const running = this.process;
    if (!running || !this.isRunning) return;
    // Otherwise nothing would keep the runner alive while it waits here.
    running.ref();
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.stdin?.end();
    await ended;
  }

  private get isRunning(): boolean {
    return this.process?.exitCode === null && this.process.signalCode === null;
  }

  /** A reaper that ends may have kills left to do. */
  private finishKills(): void {
    for (const [pid, commands] of this.watched) if (commands.some((command) => 'kill' in command)) killGroup(pid);
  }

  private tellOf(pid: number, command: object): void {
    this.watched.set(pid, [...this.watched.get(pid) ?? [], command]);
    this.tell(command);
  }

  private tell(word: object): void {
    this.process?.stdin?.write(`${JSON.stringify(word)}\n`);
  }
}

/** Ends the remaining processes of a group. */
export function killGroup(pid: number): void {
  if (process.platform === 'win32') return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // None is.
  }
}

function start(): ChildProcess {
  // Own process group, so that Ctrl-C in the terminal does not reach it.
  const reaper = spawn(process.execPath, [childScript('reaper.js')], { detached: true, env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
  reaper.on('error', () => undefined);
  reaper.stdin?.on('error', () => undefined);
  reaper.unref();
  return reaper;
}
