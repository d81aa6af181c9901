import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root';

/** Runs before all tests of Jest: constructs and the local runner have the bundles of the handlers as their code. */
export default function requireBundles(): void {
  const missing = readdirSync(join(ROOT, 'lambda-src')).filter((name) => name.endsWith('.lambda.ts'))
    .filter((name) => !existsSync(join(ROOT, 'assets', 'lambda-src', name.replace(/\.ts$/, ''), 'index.js')));
  if (missing.length === 0) return;
  // Not thrown: Jest would add a stack that helps nobody.
  console.error('The handlers are not bundled: run `npx projen bundle`, then test again.');
  process.exit(1);
}
