import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { launchOf } from './launch';
import { readLines } from './lines';
import { MemoryWatch } from './memory';
import type { Reaper } from './reaper';
import { RuntimeApi, type Outcome } from './runtime-api';
import { environmentVariables } from './variables';
import type { FunctionModel } from '../model/functions';

/** Lambda's time limit for initialisation. */
const INIT_TIMEOUT_MILLIS = 10_000;

const MEGABYTE = 1024 * 1024;

/** Environment variable by which all descendants of an environment are found. */
const MARKER = 'BROADCAST_LOCAL_ENVIRONMENT';

/** Type of the error when the process of an environment ends by itself. */
export const EXIT_ERROR = 'Runtime.ExitError';

export interface EnvironmentOptions {
  readonly model: FunctionModel;
  /** Variables that redirect AWS calls to the runner. */
  readonly aws: Readonly<Record<string, string>>;
  readonly reaper: Reaper;
  /** Receives every line that the code prints. */
  readonly onOutput: (line: string) => void;
  /** Called once, when its process has ended. */
  readonly onEnd: () => void;
}

/** One execution environment: a process that runs one invocation at a time, until it fails, times out or is ended. */
export class Environment {
  static async start(options: EnvironmentOptions): Promise<Environment> {
    const api = await RuntimeApi.listen();
    try {
      return new Environment(options, api);
    } catch (error) {
      api.close();
      throw error;
    }
  }

  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private readonly memory: MemoryWatch;
  private ended = false;

  private constructor(private readonly options: EnvironmentOptions, private readonly api: RuntimeApi) {
    const { model, aws, reaper, onOutput } = options;
    const launch = launchOf(model);
    const id = randomUUID();
    reaper.prepare();
    this.child = spawn(model.program, launch.args, {
      cwd: model.directory,
      env: { ...launch.variables, ...environmentVariables(model, api.address, aws, process.env), [MARKER]: id },
      // Own process group: Ctrl-C in the terminal is the runner's to handle, and the group can be ended as a whole.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { pid } = this.child;
    if (pid !== undefined) reaper.watch(pid, `${MARKER}=${id}`);
    this.memory = new MemoryWatch(pid ?? 0, model.memoryMegabytes * MEGABYTE, () => this.runOutOfMemory());
    // The reaper can kill it from here on, so the code may run.
    this.child.stdin?.on('error', () => undefined).write('\n');
    for (const stream of [this.child.stdout, this.child.stderr]) void readLines(stream, onOutput);
    this.exited = new Promise((resolve) => {
      const onEnd = (reason: string) => {
        // The processes that it started end with it.
        if (pid !== undefined) reaper.ended(pid);
        this.onExit(reason);
        resolve();
      };
      this.child.once('error', (error) => onEnd(error.message));
      this.child.once('exit', (code, signal) => onEnd(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
  }

  /** Whether it can take another invocation. */
  get usable(): boolean {
    return !this.ended;
  }

  /** Waits until the code has initialised. */
  async initialize(): Promise<Outcome> {
    const outcome = await this.within(INIT_TIMEOUT_MILLIS, this.api.initialized);
    if (!outcome.ok) this.kill();
    return outcome;
  }

  /** Whether the code of the last invocation was called. An environment that was idle may have ended before. */
  get hasStarted(): boolean {
    return this.api.hasStarted;
  }

  async invoke(payload: string): Promise<Outcome> {
    const { model: { arn, timeoutSeconds } } = this.options;
    const timeout = timeoutSeconds * 1000;
    const outcome = await this.within(timeout, this.api.invoke({ payload, functionArn: arn, deadline: Date.now() + timeout }));
    // The runtime itself has failed and is about to exit.
    if (!outcome.ok && outcome.errorType.startsWith('Runtime.')) this.kill();
    return outcome;
  }

  /** Ends the process and its descendants. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.kill();
    await this.exited;
  }

  private async within(milliseconds: number, work: Promise<Outcome>): Promise<Outcome> {
    const timer = setTimeout(() => {
      const errorMessage = `Task timed out after ${(milliseconds / 1000).toFixed(2)} seconds`;
      this.api.abandon({ ok: false, errorType: 'Sandbox.Timedout', errorMessage });
      this.kill();
    }, milliseconds);
    this.memory.start();
    const outcome = await work;
    this.memory.stop();
    clearTimeout(timer);
    return outcome;
  }

  /** Ends the process at once, without notice to the code, as Lambda does. */
  private runOutOfMemory(): void {
    this.api.abandon({ ok: false, errorType: 'Runtime.OutOfMemory', errorMessage: 'Runtime exited with error: signal: killed' });
    this.kill();
  }

  private kill(): void {
    this.ended = true;
    const { pid, exitCode, signalCode } = this.child;
    if (pid !== undefined && exitCode === null && signalCode === null) this.options.reaper.kill(pid);
  }

  private onExit(reason: string): void {
    this.ended = true;
    this.api.abandon({ ok: false, errorType: EXIT_ERROR, errorMessage: `Runtime exited with error: ${reason}` });
    this.api.close();
    this.options.onEnd();
  }
}
