import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE } from './apps';
import { install } from './packed-app';

/* The CDK CLI in its own folder: its `latest` must not be used, and no app here depends on it. */

const run = promisify(execFile);

export const CDK_CLI = 'aws-cdk@2.1148.1';

/** Synthesises the app of a folder by its cdk.json; fails on a warning. Returns the cloud assembly. */
export async function synthesizeStrictly(folder: string, outdir: string, env = process.env): Promise<string> {
  const home = join(CACHE, CDK_CLI.replace('@', '-'));
  const cdk = join(home, 'node_modules', '.bin', 'cdk');
  if (!existsSync(cdk)) {
    await install(home, [CDK_CLI], join(home, 'cache'));
    rmSync(join(home, 'cache'), { recursive: true, force: true });
  }
  const args = ['synth', '--strict', '--quiet', '--no-version-reporting', '--no-path-metadata', '--no-asset-metadata', '--no-notices', '--output', outdir];
  // Without this machine's credentials, and without a request to any account.
  await run(cdk, args, { cwd: folder, env: { ...env, CI: '1', CDK_DISABLE_CLI_TELEMETRY: '1' }, maxBuffer: 1 << 26 });
  return outdir;
}
