import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './children';

/** The file of a handler as it is shipped in the package; an error when it is not that of the sources. */
export function shippedBundle(handler: 'message-handler' | 'connection-handler'): string {
  const file = join(ROOT, 'assets', 'lambda-src', `${handler}.lambda`, 'index.js');
  const built = existsSync(file) ? statSync(file).mtimeMs : -Infinity;
  if (built < newestSource()) {
    throw new Error(`the shipped bundle of ${handler} must be newer than its sources; run: npx projen bundle:lambda-src/${handler}.lambda`);
  }
  return file;
}

function newestSource(): number {
  const sources = readdirSync(join(ROOT, 'lambda-src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Math.max(...[...sources, join(ROOT, 'src', 'private', 'contract.ts')].map((file) => statSync(file).mtimeMs));
}
