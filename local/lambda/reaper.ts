import { spawn, type ChildProcess } from 'node:child_process';
import { childScript } from './child-scripts';

/** Makes sure that neither an execution environment nor a temporary file outlives the runner, not even when the runner is killed. */
export class Reaper {
  private process?: ChildProcess;

  /** @param scratch a directory that is removed, should the runner be killed */
  constructor(private readonly scratch?: string) {}

  /** To be called before a process is started: from then on it is watched at once. */
  prepare(): void {
    if (this.process) return;
    this.process = start();
    if (this.scratch !== undefined) this.process.stdin?.write(`!${JSON.stringify(this.scratch)}\n`);
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

function start(): ChildProcess {
  // A group of its own, so that Ctrl-C in the terminal does not reach it.
  const reaper = spawn(process.execPath, [childScript('reaper.js')], { detached: true, env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
  reaper.on('error', () => undefined);
  reaper.stdin?.on('error', () => undefined);
  reaper.unref();
  return reaper;
}
