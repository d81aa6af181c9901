import type { ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { ENV } from '../../src/private/contract';
import { kill, type Children } from '../children';
import { CREDENTIALS, REGION } from '../credentials';
import { END_OF_OUTPUT, type Loaded, type Settled } from './protocol';

export interface HandlerOptions {
  /** The file that exports `handler`. */
  readonly bundle: string;
  readonly tableEndpoint: string;
  readonly tableName: string;
  readonly callbackUrl: string;
  readonly memoryMegabytes?: number;
  /** On top of what Lambda and the construct set. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Result of an invocation. `settled` is missing if Lambda would have ended it, at its time limit or after a crash. */
export interface Invocation {
  readonly settled?: Settled;
  /** All that was written to the standard output and error. */
  readonly output: string;
}

/** One execution environment: a process that holds a handler and runs one invocation at a time. */
export class Handler {
  static async start(children: Children, options: HandlerOptions): Promise<Handler> {
    const memory = options.memoryMegabytes ?? 1024;
    const child = children.start(children.bundle(join(__dirname, 'handler-process.ts')), {
      args: [options.bundle],
      env: environmentOf(options, memory),
      cwd: dirname(options.bundle),
      // As Lambda's own start script.
      nodeOptions: ['--expose-gc', `--max-semi-space-size=${Math.floor(memory * 0.05)}`, `--max-old-space-size=${Math.floor(memory * 0.9)}`],
    });
    const handler = new Handler(child);
    const loaded = await handler.loading;
    if (!loaded) throw new Error(`the handler could not be loaded:\n${handler.output}`);
    handler.initCpuMicros = loaded.initCpuMicros;
    handler.initMillis = loaded.initMillis;
    return handler;
  }

  initCpuMicros = 0;
  initMillis = 0;
  private output = '';
  private settled?: Settled;
  private onChange?: () => void;
  private ended = false;
  private readonly loading: Promise<Loaded | undefined>;

  private constructor(private readonly child: ChildProcess) {
    this.loading = new Promise((resolve) => {
      child.once('message', (message) => resolve(message as Loaded));
      child.once('close', () => resolve(undefined));
    });
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.onChange?.();
      });
    }
    child.on('message', (message) => {
      if ((message as { kind: string }).kind === 'settled') this.settled = message as Settled;
      this.onChange?.();
    });
    child.once('close', () => {
      this.ended = true;
      this.onChange?.();
    });
  }

  /**
   * Runs one invocation; the process is killed at its time limit, as Lambda does.
   *
   * @param lateMillis how much later than the handler's own limit it is killed, since a busy machine is no reason
   */
  async invoke(event: unknown, timeoutMillis = 28_000, lateMillis = 0): Promise<Invocation> {
    this.output = '';
    this.settled = undefined;
    const limit = setTimeout(() => void kill(this.child), timeoutMillis + lateMillis);
    this.child.send({ event, timeoutMillis });
    await new Promise<void>((resolve) => {
      this.onChange = () => {
        if (this.ended || (this.settled && this.output.includes(END_OF_OUTPUT))) resolve();
      };
      this.onChange?.();
    });
    clearTimeout(limit);
    return { settled: this.settled, output: this.output.replace(END_OF_OUTPUT, '') };
  }

  /** As Lambda does between invocations: the process stands still until it is thawed. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await kill(this.child);
  }
}

/** The environment that a handler has on Lambda, and nothing else. */
function environmentOf({ bundle, tableEndpoint, tableName, callbackUrl, env }: HandlerOptions, memory: number): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'handler-under-test',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: dirname(bundle),
    AWS_ENDPOINT_URL_DYNAMODB: tableEndpoint,
    [ENV.tableName]: tableName,
    [ENV.callbackUrl]: callbackUrl,
    [ENV.connectionTtlSeconds]: '10800',
    [ENV.excludeSender]: 'false',
    [ENV.messageFormat]: 'ATTRIBUTED',
    ...env,
  };
}
