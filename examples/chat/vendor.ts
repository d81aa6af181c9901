/*
 * Bundles partysocket for the page, which loads it as a plain ES module: no content delivery network, no build step
 * for the page itself.
 */
import * as path from 'path';
import { build } from 'esbuild';

const web = path.join(__dirname, 'web');

build({
  stdin: { contents: "export { default } from 'partysocket/ws';", resolveDir: __dirname },
  outfile: path.join(web, 'vendor', 'partysocket.js'),
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  banner: { js: '/* partysocket, MIT licence: https://www.npmjs.com/package/partysocket */' },
  logLevel: 'warning',
}).catch(() => {
  process.exitCode = 1; // esbuild has said why
});
