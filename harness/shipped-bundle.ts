import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root';

export type HandlerName = 'connection-handler' | 'message-handler' | 'queued-message-handler' | 'delivery-handler' | 'jwt-authorizer' | LayeredHandlerName;
export type LayeredHandlerName = 'layered-connection-handler' | 'disconnect-handler' | 'presence-handler' | 'layered-message-handler' | 'layered-queued-message-handler' | 'layered-delivery-handler';

/** The file of a handler as it is shipped in the package; an error when it is not what its sources come to. */
export function shippedBundle(handler: HandlerName): string {
  const file = join(ROOT, 'assets', 'lambda-src', `${handler}.lambda`, 'index.js');
  const task = `bundle:lambda-src/${handler}.lambda`;
  if (!existsSync(file) || !readFileSync(file).equals(build(task))) {
    throw new Error(`the shipped bundle of ${handler} must be that of its sources; run: npx projen ${task}`);
  }
  return file;
}

/** The bundle that a bundling task would write now. Dates do not help, because esbuild does not touch a file that would not change. */
function build(task: string): Buffer {
  const { tasks } = JSON.parse(readFileSync(join(ROOT, '.projen', 'tasks.json'), 'utf8')) as {
    tasks: Record<string, { steps: { execArgs: string[] }[] }>;
  };
  const [, ...args] = tasks[task].steps[0].execArgs;
  return execFileSync(join(ROOT, 'node_modules', '.bin', 'esbuild'), args.filter((arg) => !/^--(outfile|metafile)=/.test(arg)), {
    cwd: ROOT, maxBuffer: 64 * 1024 * 1024,
  });
}
