import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, shippedHandler } from './bundles';

const run = promisify(execFile);

const EXAMPLE = join(ROOT, 'examples', 'chat');

/** Synthesises the example chat as the `chat` task does, into a folder. */
export async function synthesizeChat(outdir: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  shippedHandler('connection-handler');
  shippedHandler('message-handler');
  await script('app.ts', [], { ...process.env, ...env, CDK_OUTDIR: outdir });
}

/** Makes a copy of the chat's page that can be served, in a folder. */
export async function buildPage(folder: string): Promise<void> {
  const isSource = (file: string) => basename(file) !== 'vendor';
  cpSync(join(EXAMPLE, 'web'), folder, { recursive: true, filter: isSource });
  await script('vendor.ts', [join(folder, 'vendor')], process.env);
}

async function script(name: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const tsNode = join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js');
  await run(process.execPath, [tsNode, '-T', '-P', 'tsconfig.dev.json', join(EXAMPLE, name), ...args], { cwd: ROOT, env });
}
