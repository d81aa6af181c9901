import { fork } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './bundles';

/** The Node.js that Lambda runs. */
const LAMBDA_NODE = join(ROOT, 'node_modules', '.bin', 'node');

export interface Invocation {
  readonly handler: string;
  readonly env: Record<string, string>;
  readonly event: unknown;
  readonly remainingMillis: number;
}

/** Runs one invocation of a bundled handler in a process of its own, which has no environment but the given one. */
export function invoke({ handler, env, event, remainingMillis }: Invocation): Promise<{ result?: unknown; error?: string; output: string }> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'invoked.js'), [handler], { execPath: LAMBDA_NODE, execArgv: [], env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let output = '';
    let outcome: { result?: unknown; error?: string } | undefined;
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.on('error', reject);
    child.on('message', (message) => { outcome = message as typeof outcome; });
    child.on('close', (code) => {
      if (outcome) resolve({ ...outcome, output });
      else reject(new Error(`the handler's process ended with ${code} before it answered:\n${output}`));
    });
    child.send({ event, remainingMillis });
  });
}
