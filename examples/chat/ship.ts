/* Puts the chat's page into the package, ready to be served: `npx broadcast-local --serve node_modules/cdk-broadcast-websocket-api/assets/chat`. */
import { cpSync, rmSync } from 'fs';
import { basename, join } from 'path';
import { vendor } from '../client/vendor';

const target = join(__dirname, '..', '..', 'assets', 'chat');

rmSync(target, { recursive: true, force: true });
cpSync(join(__dirname, 'web'), target, { recursive: true, filter: (file) => basename(file) !== 'vendor' });
vendor(target).catch(() => {
  process.exitCode = 1; // esbuild has said why
});
