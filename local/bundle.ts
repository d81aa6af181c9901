import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { ModuleKind, ScriptTarget, transpileDeclaration } from 'typescript';
import { bundlePage, TOKENS } from '../packaging/bundle-page';

/*
 * Bundles the local runner, both command and test library, into one file. Beside it go the scripts of its child processes, the pages and
 * the library's types. The result needs only Node.js.
 */
const { version } = JSON.parse(readFileSync(join(__dirname, 'package.json'), 'utf8')) as { version: string };

const BIN = 'broadcast-local.js';

/**
 * @param packageFolder gets `dist`, and the command beside it
 * @param metafiles folder for the metafiles of the bundles, from which the notices are made
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
    // Needed only for tables on disk, which the runner does not use, and only for speed.
    alias: { 'classic-level': 'memory-level' },
    external: ['bufferutil', 'utf-8-validate'],
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
  cpSync(TOKENS, join(outdir, 'page', 'tokens.css'));
  cpSync(TOKENS, join(outdir, 'page', 'tokens.css'));
  await addChatPage(join(outdir, 'chat'), metafiles);
  writeTypes(outdir, './index');
}

/** Adds the page of the example chat for `broadcast-local --chat`. */
async function addChatPage(folder: string, metafiles?: string): Promise<void> {
  cpSync(join(__dirname, '..', 'examples', 'chat', 'web'), folder, { recursive: true, filter: (file) => basename(file) !== 'vendor' });
  await bundlePage(folder, metafiles && join(metafiles, 'chat.json'));
}

/** Writes the declarations of a module and of the modules that they import. */
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
