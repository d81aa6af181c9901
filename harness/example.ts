import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { ROOT } from './root';
import { shippedBundle, type HandlerName } from './shipped-bundle';
import { bundlePage } from '../packaging/bundle-page';
import { BroadcastWebSocketApi, MessageFormat, type BroadcastWebSocketApiProps } from '../src';

const run = promisify(execFile);

const EXAMPLES = join(ROOT, 'examples');

export type Example = 'chat' | 'dashboard';

const HANDLERS: Readonly<Record<Example, readonly HandlerName[]>> = {
  chat: ['layered-connection-handler', 'layered-message-handler', 'layered-queued-message-handler', 'layered-delivery-handler', 'presence-handler'],
  dashboard: ['connection-handler', 'layered-message-handler', 'layered-delivery-handler'],
};

/** Synthesises an example as its task does, into a folder. */
export async function synthesizeExample(example: Example, outdir: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const handler of HANDLERS[example]) shippedBundle(handler);
  await script(join(example, 'app.ts'), { ...process.env, ...env, CDK_OUTDIR: outdir });
}

/** Synthesises an API with a history, and no channels and users: what a client says as plain text goes to all connections. */
export function synthesizePlainApi(outdir: string, props: BroadcastWebSocketApiProps = {}): void {
  for (const handler of ['connection-handler', 'layered-message-handler', 'layered-delivery-handler'] as const) shippedBundle(handler);
  const app = new App({ outdir });
  new BroadcastWebSocketApi(new Stack(app, 'PlainChat'), 'Chat', { messageFormat: MessageFormat.ENVELOPE, history: {}, ...props });
  app.synth();
}

/** Makes a copy of an example's page that can be served, in a folder. */
export async function buildPage(example: Example, folder: string): Promise<void> {
  const isSource = (file: string) => basename(file) !== 'vendor';
  cpSync(join(EXAMPLES, example, 'web'), folder, { recursive: true, filter: isSource });
  await bundlePage(folder);
}

async function script(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const tsNode = join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js');
  await run(process.execPath, [tsNode, '-T', '-P', 'tsconfig.dev.json', join(EXAMPLES, file)], { cwd: ROOT, env });
}
