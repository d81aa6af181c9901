import { dirname, join } from 'node:path';
import { childScript } from './child-scripts';
import { messageOf } from '../errors';
import type { Log } from '../log';
import { Environment, EXIT_ERROR } from './environment';
import type { Reaper } from './reaper';
import type { Outcome } from './runtime-api';
import type { AwsAccess, OpenAws } from '../aws/access';
import type { FunctionModel } from '../model/functions';

/**
 * Runs the invocations of one function. Each takes an idle environment, the last used first, or else a new one. When the maximum is busy,
 * invocations wait in order.
 */
export class LambdaFunction {
  private readonly idle: Environment[] = [];
  private readonly environments = new Set<Environment>();
  private readonly queue: (() => void)[] = [];
  private running = 0;
  private stopped = false;
  private retired = false;
  private readonly onDrained: (() => void)[] = [];
  private access?: Promise<AwsAccess>;

  constructor(
    readonly model: FunctionModel,
    private readonly openAws: OpenAws,
    private readonly reaper: Reaper,
    private readonly log: Log,
  ) {}

  /** Invokes the function. Never rejects: the caller may not wait for the result. */
  async invoke(event: unknown): Promise<Outcome> {
    await this.admit();
    try {
      const outcome = await this.run(event).catch(startFailure);
      if (!outcome.ok && !this.stopped && !isRefusal(event, outcome)) this.logFailure(outcome);
      return outcome;
    } finally {
      const next = this.queue.shift();
      if (next) next(); // The new environment takes its place.
      else this.running--;
      if (this.running === 0) for (const resolve of this.onDrained.splice(0)) resolve();
    }
  }

  /** Lets running and waiting invocations finish, then ends the environments. */
  async retire(): Promise<void> {
    this.retired = true;
    await Promise.all(this.idle.splice(0).map((environment) => environment.stop()));
    await this.drained();
    await this.stop();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.environments].map((environment) => environment.stop()));
    // An environment that was being started ends as well.
    await this.drained();
    await this.access?.then(({ close }) => close(), () => undefined);
  }

  /** Resolves when no invocation runs or waits. */
  private async drained(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.onDrained.push(resolve));
  }

  private async admit(): Promise<void> {
    if (this.running >= this.model.concurrency) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.running++;
  }

  private async run(event: unknown): Promise<Outcome> {
    const payload = JSON.stringify(event);
    for (;;) {
      if (this.stopped) return { ok: false, errorType: 'Stopped', errorMessage: 'the runner is stopping' };
      const idle = this.takeIdle();
      const environment = idle ?? await this.startEnvironment();
      if (!(environment instanceof Environment)) return environment;
      const outcome = await environment.invoke(payload);
      if (environment.usable && this.retired) await environment.stop();
      else if (environment.usable) this.idle.push(environment);
      // As on AWS, an environment that ended while it was idle is replaced.
      const wasGone = idle && !outcome.ok && outcome.errorType === EXIT_ERROR && !idle.hasStarted;
      if (!wasGone) return outcome;
    }
  }

  private takeIdle(): Environment | undefined {
    for (;;) {
      const environment = this.idle.pop();
      if (!environment || environment.usable) return environment;
    }
  }

  private async startEnvironment(): Promise<Environment | Outcome> {
    const { model, reaper } = this;
    const { variables: aws } = await this.openAccess();
    const started = Date.now();
    const onOutput = (line: string) => this.log({ source: model.path, event: 'output', detail: line });
    const environment = await Environment.start({ model, aws, reaper, onOutput, onEnd: () => this.environments.delete(environment) });
    this.environments.add(environment);
    if (this.stopped) await environment.stop();
    const outcome = await environment.initialize();
    if (!outcome.ok) return outcome;
    this.log({ source: model.path, event: 'invoke', detail: `cold start in ${Date.now() - started} ms` });
    return environment;
  }

  /** Opens the access once. A failure is not kept: it may be over at the next invocation. */
  private openAccess(): Promise<AwsAccess> {
    const { path, variables } = this.model;
    this.access ??= this.openAws({ path, certificates: variables.NODE_EXTRA_CA_CERTS }).catch((error: unknown) => {
      this.access = undefined;
      throw error;
    });
    return this.access;
  }

  private logFailure(outcome: Outcome & { ok: false }): void {
    const { path, runtime } = this.model;
    const trace = outcome.trace ?? [];
    const frames = runtime.startsWith('nodejs') ? nodeFrames(trace) : trace.slice(1);
    this.log({ source: path, event: 'error', detail: [`${outcome.errorType}: ${outcome.errorMessage}`, ...frames].join('\n') });
  }
}

/** Whether an error is an authorizer's refusal, which API Gateway answers with 401: the client's line shows it. */
function isRefusal(event: unknown, { errorMessage }: Outcome & { ok: false }): boolean {
  return errorMessage === 'Unauthorized' && (event as { readonly type?: unknown } | null)?.type === 'REQUEST';
}

/** Stack frames of the code's caller, and those below it. */
const CALLERS = ['invocation.js', 'bootstrap.js'].map((name) => join(dirname(childScript('bootstrap.js')), name));

/** Returns the frames without source lines, since one line may be a whole bundle. The location of a syntax error comes first. */
function nodeFrames(trace: readonly string[]): string[] {
  const caller = trace.findIndex((line) => CALLERS.some((own) => line.includes(own)));
  const ofCode = (caller < 0 ? trace : trace.slice(0, caller)).filter((line) => /^\s+at /.test(line));
  const place = trace.slice(0, 1).filter((line) => /^(file:|\/|[A-Za-z]:[\\/]).*:\d+$/.test(line));
  return [...place.map((line) => `    at ${line}`), ...ofCode];
}

/** Describes a failed start: this machine may have no files or processes left. */
function startFailure(error: unknown): Outcome {
  return { ok: false, errorType: 'Runtime.StartError', errorMessage: messageOf(error) };
}
