/*
 * Bundles the client and partysocket for a page, which loads them as one plain ES module: no content delivery network, no
 * build step for the page itself. Into the folder `vendor` of each folder that is given.
 */
import * as path from 'path';
import { build, type Metafile } from 'esbuild';

/** Returns what the bundle is made of. */
export async function vendor(page: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [path.join(__dirname, 'broadcast-client.js')],
    outfile: path.join(page, 'vendor', 'broadcast-client.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // esbuild's own comments would say where the files lay.
    minifyWhitespace: true,
    metafile: true,
    banner: { js: '/* examples/client/broadcast-client.js and partysocket (MIT licence, https://www.npmjs.com/package/partysocket) */' },
    logLevel: 'warning',
  });
  return metafile;
}

if (require.main === module) {
  Promise.all(process.argv.slice(2).map(vendor)).catch(() => {
    process.exitCode = 1; // esbuild has said why
  });
}
