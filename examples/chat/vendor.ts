/*
 * Bundles partysocket for the page, which loads it as a plain ES module: no content delivery network, no build step
 * for the page itself. Into web/vendor, or into the folder that is given.
 */
import * as path from 'path';
import { build } from 'esbuild';

const folder = process.argv[2] ?? path.join(__dirname, 'web', 'vendor');

build({
  stdin: { contents: "export { default } from 'partysocket/ws';", resolveDir: __dirname },
  outfile: path.join(folder, 'partysocket.js'),
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  banner: { js: '/* partysocket, MIT licence: https://www.npmjs.com/package/partysocket */' },
  logLevel: 'warning',
}).catch(() => {
  process.exitCode = 1; // esbuild has said why
});
