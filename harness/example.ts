import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './root';
import { shippedBundle } from './shipped-bundle';
import { bundleClient } from '../packaging/bundle-client';

const run = promisify(execFile);

const EXAMPLES = join(ROOT, 'examples');

export type Example = 'chat' | 'dashboard';

/** Synthesises an example as its task does, into a folder. */
export async function synthesizeExample(example: Example, outdir: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const handler of ['connection-handler', 'layered-message-handler', 'layered-delivery-handler'] as const) shippedBundle(handler);
  await script(join(example, 'app.ts'), { ...process.env, ...env, CDK_OUTDIR: outdir });
}

/** Makes a copy of an example's page that can be served, in a folder. */
export async function buildPage(example: Example, folder: string): Promise<void> {
  const isSource = (file: string) => basename(file) !== 'vendor';
  cpSync(join(EXAMPLES, example, 'web'), folder, { recursive: true, filter: isSource });
  await bundleClient(join(folder, 'vendor'));
}

async function script(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const tsNode = join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js');
  await run(process.execPath, [tsNode, '-T', '-P', 'tsconfig.dev.json', join(EXAMPLES, file)], { cwd: ROOT, env });
}
