/* Puts the chat's page into the package, ready to be served: `npx broadcast-local --serve node_modules/cdk-broadcast-websocket-api/assets/chat`. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'fs';
import { basename, join } from 'path';
import { vendor } from '../client/vendor';

const root = join(__dirname, '..', '..');
const target = join(root, 'assets', 'chat');
/** Where packaging/notices.ts reads whose code is bundled. */
const metafiles = join(root, '.metafiles');

rmSync(target, { recursive: true, force: true });
cpSync(join(__dirname, 'web'), target, { recursive: true, filter: (file) => basename(file) !== 'vendor' });
vendor(target).then((metafile) => {
  mkdirSync(metafiles, { recursive: true });
  writeFileSync(join(metafiles, 'chat.json'), JSON.stringify(metafile));
}).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
