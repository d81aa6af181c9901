import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..', '..');

/** What users get: these tests run the handlers as they are shipped, not their sources. */
export function shippedHandler(name: 'connection-handler' | 'message-handler' | 'queued-message-handler' | 'delivery-handler' | 'jwt-authorizer'): string {
  const file = join(ROOT, 'assets', 'lambda-src', `${name}.lambda`, 'index.js');
  if (!existsSync(file)) throw new Error(`the shipped ${name} is missing (assets/lambda-src): make it with 'npx projen bundle'`);
  return file;
}
