import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ModuleKind, ScriptTarget, transpileDeclaration } from 'typescript';
import { bundleClient } from '../packaging/bundle-client';

/*
 * Bundles the local runner into one file, which is the command and the test library, with the scripts of its child processes, the pages
 * and the library's types beside it. The result needs nothing but Node.
 */
const dynaliteDirectory = dirname(require.resolve('dynalite'));

/**
 * What has to change in the files of dynalite:
 * - it requires its operations by computed names;
 * - newer Node.js warns of `url.parse`;
 * - it ends its iterators by a method that they do not have, so that each read of a table keeps the table of that moment for ever;
 * - what it throws from a callback ends the process, and leaves the item locked: values that cannot be compared (two types, or none) are
 *   unequal, and anything else is answered as DynamoDB's own failures are;
 * - `SET list[99999999]` lets it count to there, and `SET list[1] = list` puts the list into itself.
 */
const DYNALITE_CHANGES: Readonly<Record<string, readonly [RegExp, string][]>> = {
  [join(dynaliteDirectory, 'index.js')]: [
    [/require\('\.\/(actions|validations)\/' \+ action\)/g, "require('dynalite-operations:$1')[action]"],
    [/if \(err\) throw err\n/, `if (err && res.headersSent) return res.destroy()
      if (err) return sendData(req, res, { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: String(err.message) }, 500)\n`],
    [/url\.parse\(req\.url, true\)\.query/, "Object.fromEntries(new URL(req.url, 'http://local').searchParams)"],
  ],
  [join(dynaliteDirectory, 'db', 'index.js')]: [
    [/\biterator\.return\b/g, 'iterator.close'],
    [/setImmediate\(callback, /g, 'setImmediate(callBack, callback, '],
    [/^function create \(/m, `function callBack (callback, ...args) {
      try { callback(...args) } catch (err) { if (args[0] === err) throw err; callback(err) }
    }\n$&`],
    [/^function compare \(/m, `function compare (...args) {
      try { return compareComparable(...args) } catch { return args[0] == 'NE' || args[0] == '<>' }
    }\nfunction compareComparable (`],
  ],
  [join(dynaliteDirectory, 'actions', 'updateItem.js')]: [
    [/obj\.L\.filter\(Boolean\)/, 'Object.keys(obj.L).map(function (i) { return obj.L[i] }).filter(Boolean)'],
    [/= resolveValue\(section\.val, item\)/, '= deepClone(resolveValue(section.val, item))'],
  ],
};

const dynaliteOperations: Plugin = {
  name: 'dynalite-operations',
  setup(builder) {
    builder.onResolve({ filter: /^dynalite-operations:/ }, ({ path }) => ({ path: path.split(':')[1], namespace: 'dynalite-operations' }));
    builder.onLoad({ filter: /.*/, namespace: 'dynalite-operations' }, ({ path: folder }) => {
      const files = readdirSync(join(dynaliteDirectory, folder)).filter((file) => file.endsWith('.js') && file !== 'index.js');
      const members = files.map((file) => `${JSON.stringify(file.replace(/\.js$/, ''))}: require('./${folder}/${file}')`);
      return { contents: `module.exports = {${members.join(',')}}`, resolveDir: dynaliteDirectory };
    });
    builder.onLoad({ filter: /dynalite[\\/](actions[\\/]updateItem|(db[\\/])?index)\.js$/ }, ({ path }) => {
      const changes = DYNALITE_CHANGES[path];
      if (!changes) return undefined;
      const source = readFileSync(path, 'utf8');
      const contents = changes.reduce((text, [pattern, replacement]) => {
        if (text.search(pattern) < 0) throw new Error(`dynalite has changed, ${String(pattern)} is not in it: adapt local/bundle.ts`);
        return text.replace(pattern, replacement);
      }, source);
      return { contents, resolveDir: dirname(path) };
    });
  },
};

const { version } = JSON.parse(readFileSync(join(__dirname, 'package.json'), 'utf8')) as { version: string };

const BIN = 'broadcast-local.js';

/**
 * @param packageFolder gets `dist`, and the command beside it
 * @param metafiles where to write what went into the bundles, for the notices of what ships
 */
export async function bundle(packageFolder: string, metafiles?: string): Promise<void> {
  const outdir = join(packageFolder, 'dist');
  rmSync(outdir, { recursive: true, force: true });
  const built = await build({
    entryPoints: [join(__dirname, 'bundle-entry.ts')],
    outfile: join(outdir, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node20.16',
    mainFields: ['module', 'main'], // of which esbuild leaves out what is not used
    format: 'cjs',
    minify: true,
    define: { VERSION: JSON.stringify(version) },
    // Only for tables on disk (which there are none of), and only for speed.
    alias: { 'classic-level': 'memory-level' },
    external: ['bufferutil', 'utf-8-validate'],
    plugins: [dynaliteOperations],
    metafile: true,
    logLevel: 'warning',
  });
  if (metafiles) {
    mkdirSync(metafiles, { recursive: true });
    writeFileSync(join(metafiles, 'runner.json'), JSON.stringify(built.metafile));
  }
  if (packageFolder !== __dirname) cpSync(join(__dirname, BIN), join(packageFolder, BIN));
  cpSync(join(__dirname, 'lambda', 'child'), join(outdir, 'child'), { recursive: true });
  cpSync(join(__dirname, 'inspector', 'page'), join(outdir, 'page'), { recursive: true });
  await addChatPage(join(outdir, 'chat'), metafiles);
  writeTypes(outdir, './index');
}

/** The page of the example, ready to be served: `broadcast-local --chat`. */
async function addChatPage(folder: string, metafiles?: string): Promise<void> {
  cpSync(join(__dirname, '..', 'examples', 'chat', 'web'), folder, { recursive: true, filter: (file) => basename(file) !== 'vendor' });
  await bundleClient(join(folder, 'vendor'), metafiles && join(metafiles, 'chat.json'));
}

/** Writes the declarations of a module, and of those that they speak of. */
function writeTypes(outdir: string, name: string): void {
  const source = join(__dirname, `${name}.ts`);
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const { outputText, diagnostics = [] } = transpileDeclaration(readFileSync(source, 'utf8'), { fileName: source, compilerOptions, reportDiagnostics: true });
  if (diagnostics.length > 0) throw new Error(`${source}: ${JSON.stringify(diagnostics.map(({ messageText }) => messageText))}`);
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, `${name}.d.ts`), outputText);
  for (const [, other] of outputText.matchAll(/from '(\.\/[^']+)'/g)) writeTypes(outdir, other);
}

if (require.main === module) void bundle(__dirname, join(__dirname, '..', '.metafiles', 'local'));
