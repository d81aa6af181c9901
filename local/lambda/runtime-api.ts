import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mayComeFromPage } from '../cross-site';

/** Result of an invocation. */
export type Outcome =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string; readonly trace?: readonly string[] };

export interface Invocation {
  readonly payload: string;
  readonly functionArn: string;
  /** Epoch milliseconds at which the function times out. */
  readonly deadline: number;
}

interface Pending {
  readonly requestId: string;
  readonly invocation: Invocation;
  readonly settle: (outcome: Outcome) => void;
}

const PREFIX = '/2018-06-01/runtime';

/** The Lambda Runtime API of one execution environment, which handles one invocation at a time. */
export class RuntimeApi {
  static async listen(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    await new Promise<void>((resolve, reject) => api.server.on('error', reject).listen(0, '127.0.0.1', resolve));
    return api;
  }

  /** Resolves when the environment first asks for work, or with the reason for which it never will. */
  readonly initialized: Promise<Outcome>;
  private readonly server: Server = createServer((request, response) => {
    this.serve(request, response).catch(() => response.destroy());
  });
  private settleInit!: (outcome: Outcome) => void;
  private waiting?: ServerResponse;
  private current?: Pending;
  private delivered = false;
  private started = false;

  private constructor() {
    this.initialized = new Promise((resolve) => {
      this.settleInit = resolve;
    });
    // An environment may wait for its next invocation without a limit.
    this.server.requestTimeout = 0;
    this.server.keepAliveTimeout = 0;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whether the code of the last invocation was called, or was about to be. */
  get hasStarted(): boolean {
    return this.started;
  }

  invoke(invocation: Invocation): Promise<Outcome> {
    return new Promise((settle) => {
      this.current = { requestId: randomUUID(), invocation, settle };
      this.delivered = false;
      this.started = false;
      this.deliver();
    });
  }

  /** Ends the initialisation or invocation under way when its environment has gone. */
  abandon(outcome: Outcome): void {
    this.settleInit(outcome);
    this.finish(outcome);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (mayComeFromPage(request)) return void response.writeHead(403).end();
    const path = (request.url ?? '').slice(PREFIX.length);
    if (request.method === 'GET' && path === '/invocation/next') {
      this.settleInit({ ok: true, payload: null });
      this.waiting = response;
      this.deliver();
      return;
    }
    const body = await readText(request).catch(() => undefined);
    if (body === undefined) return;
    const [, requestId, what] = /^\/invocation\/([^/]+)\/(started|response|error)$/.exec(path) ?? [];
    if (path === '/init/error') {
      this.settleInit(failureOf(body));
    } else if (requestId !== undefined && requestId === this.current?.requestId) {
      // Not a part of Lambda's own API: only with it is it known whether an environment that ended had run the code.
      this.started = true;
      if (what !== 'started') this.finish(what === 'error' ? failureOf(body) : resultOf(body));
    } else {
      response.writeHead(requestId === undefined ? 404 : 400).end();
      return;
    }
    response.writeHead(202).end('{"status":"OK"}');
  }

  private deliver(): void {
    if (!this.waiting || !this.current || this.delivered) return;
    const { requestId, invocation } = this.current;
    this.delivered = true;
    this.waiting.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': requestId,
      'Lambda-Runtime-Deadline-Ms': String(invocation.deadline),
      'Lambda-Runtime-Invoked-Function-Arn': invocation.functionArn,
      // Never sampled: nothing receives traces.
      'Lambda-Runtime-Trace-Id': `${traceId()};Parent=${hex(16)};Sampled=0`,
    });
    this.waiting.end(invocation.payload);
    this.waiting = undefined;
  }

  private finish(outcome: Outcome): void {
    const settled = this.current;
    this.current = undefined;
    settled?.settle(outcome);
  }
}

/** Returns an X-Ray trace id. */
export function traceId(): string {
  return `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${hex(24)}`;
}

function hex(length: number): string {
  return randomBytes(length / 2).toString('hex');
}

function resultOf(body: string): Outcome {
  try {
    return { ok: true, payload: JSON.parse(body) as unknown };
  } catch {
    return { ok: false, errorType: 'Runtime.MarshalError', errorMessage: 'the handler returned something that is not JSON' };
  }
}

/** Reads an error from code, whose members may be anything. */
function failureOf(body: string): Outcome {
  const { errorType, errorMessage, trace } = parseObject(body) as Record<string, unknown>;
  return {
    ok: false,
    errorType: typeof errorType === 'string' && errorType !== '' ? errorType : 'Error',
    errorMessage: typeof errorMessage === 'string' ? errorMessage : '',
    trace: Array.isArray(trace) ? trace.filter((frame) => typeof frame === 'string') : undefined,
  };
}

function parseObject(body: string): object {
  try {
    return (JSON.parse(body) as object | null) ?? {};
  } catch {
    return {};
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
