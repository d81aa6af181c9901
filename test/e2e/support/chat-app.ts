import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, shippedHandler } from './bundles';

const run = promisify(execFile);

/** Where the chat's page is. */
export const PAGE = join(ROOT, 'examples', 'chat', 'web');

/** Synthesises the example chat as the `chat` task does, into a folder. */
export async function synthesizeChat(outdir: string): Promise<void> {
  shippedHandler('connection-handler');
  shippedHandler('message-handler');
  await script('app.ts', { ...process.env, CDK_OUTDIR: outdir });
}

/** Bundles what the page imports. */
export async function vendorPage(): Promise<void> {
  await script('vendor.ts', process.env);
}

async function script(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const tsNode = join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js');
  await run(process.execPath, [tsNode, '-T', '-P', 'tsconfig.dev.json', join('examples', 'chat', name)], { cwd: ROOT, env });
}
