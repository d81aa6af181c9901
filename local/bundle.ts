import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/*
 * Bundles the local runner into one file, with the scripts of its child processes beside it. The result needs nothing but Node.
 */
const dynaliteDirectory = dirname(require.resolve('dynalite'));

/** What has to change in dynalite: it requires its operations by computed names, and newer Node.js warns of `url.parse`. */
const DYNALITE_CHANGES: [RegExp, string][] = [
  [/require\('\.\/(actions|validations)\/' \+ action\)/g, "require('dynalite-operations:$1')[action]"],
  [/url\.parse\(req\.url, true\)\.query/, "Object.fromEntries(new URL(req.url, 'http://local').searchParams)"],
];

const dynaliteOperations: Plugin = {
  name: 'dynalite-operations',
  setup(builder) {
    const main = join(dynaliteDirectory, 'index.js');
    builder.onResolve({ filter: /^dynalite-operations:/ }, ({ path }) => ({ path: path.split(':')[1], namespace: 'dynalite-operations' }));
    builder.onLoad({ filter: /.*/, namespace: 'dynalite-operations' }, ({ path: folder }) => {
      const files = readdirSync(join(dynaliteDirectory, folder)).filter((file) => file.endsWith('.js') && file !== 'index.js');
      const members = files.map((file) => `${JSON.stringify(file.replace(/\.js$/, ''))}: require('./${folder}/${file}')`);
      return { contents: `module.exports = {${members.join(',')}}`, resolveDir: dynaliteDirectory };
    });
    builder.onLoad({ filter: /dynalite[\\/]index\.js$/ }, ({ path }) => {
      if (path !== main) return undefined;
      const source = readFileSync(path, 'utf8');
      const contents = DYNALITE_CHANGES.reduce((text, [pattern, replacement]) => {
        if (text.search(pattern) < 0) throw new Error(`dynalite has changed, ${String(pattern)} is not in it: adapt local/bundle.ts`);
        return text.replace(pattern, replacement);
      }, source);
      return { contents, resolveDir: dynaliteDirectory };
    });
  },
};

export async function bundle(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  const outfile = join(outdir, 'broadcast-local.js');
  await build({
    entryPoints: [join(__dirname, 'cli', 'broadcast-local.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.16',
    format: 'cjs',
    minify: true,
    banner: { js: '#!/usr/bin/env node' },
    // Only for tables on disk (which there are none of), and only for speed.
    alias: { 'classic-level': 'memory-level' },
    external: ['bufferutil', 'utf-8-validate'],
    plugins: [dynaliteOperations],
    logLevel: 'warning',
  });
  chmodSync(outfile, 0o755);
  cpSync(join(__dirname, 'lambda', 'child'), join(outdir, 'child'), { recursive: true });
}

if (require.main === module) void bundle(join(__dirname, '..', 'assets', 'local'));
