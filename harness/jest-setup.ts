import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root';

/** Runs before all tests of Jest. What it says is not thrown: Jest would add a stack that helps nobody. */
export default function setUp(): void {
  patchPackages();
  requireBundles();
}

/** Tests use what ships: the packages as they are bundled. */
function patchPackages(): void {
  const patched = spawnSync(process.execPath, [require.resolve('patch-package'), '--error-on-fail'], { cwd: ROOT, encoding: 'utf8' });
  if (patched.status === 0) return;
  console.error(patched.stdout + patched.stderr);
  process.exit(1);
}

/** Constructs and the local runner have the bundles of the handlers as their code. */
function requireBundles(): void {
  const missing = readdirSync(join(ROOT, 'lambda-src')).filter((name) => name.endsWith('.lambda.ts'))
    .filter((name) => !existsSync(join(ROOT, 'assets', 'lambda-src', name.replace(/\.ts$/, ''), 'index.js')));
  if (missing.length === 0) return;
  console.error('The handlers are not bundled: run `npx projen bundle`, then test again.');
  process.exit(1);
}
