import { fork } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../../harness/root';

/** Node.js of the Lambda runtime. */
const LAMBDA_NODE = join(ROOT, 'node_modules', '.bin', 'node');

/** Variables that Lambda sets, besides the region and the credentials. */
const LAMBDA_ENV = {
  AWS_LAMBDA_FUNCTION_NAME: 'e2e',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
};

export interface Invocation {
  readonly handler: string;
  readonly env: Record<string, string>;
  readonly event: unknown;
  readonly remainingMillis: number;
}

/** Runs one invocation of a bundled handler in its own process, with only Lambda's environment and the given one. */
export function invoke({ handler, env, event, remainingMillis }: Invocation): Promise<{ result?: unknown; error?: string; output: string }> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'invoked.js'), [handler], {
      execPath: LAMBDA_NODE, execArgv: [], env: { ...LAMBDA_ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    let outcome: { result?: unknown; error?: string } | undefined;
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.on('error', reject);
    child.on('message', (message) => { outcome = message as typeof outcome; });
    child.on('close', (code) => {
      if (outcome) resolve({ ...outcome, output });
      else reject(new Error(`the handler's process ended with ${code} before it answered:\n${output.slice(-2_000)}`));
    });
    child.send({ event, remainingMillis });
  });
}
