import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { createProgram, flattenDiagnosticMessageText, getPreEmitDiagnostics, ModuleKind, ModuleResolutionKind, ScriptTarget } from 'typescript';

/*
 * Bundles the client with partysocket, for a page that loads it as one plain ES module: no content delivery network, no build step for the
 * page itself. With arguments: into each folder given, for the examples' pages. Without: into the package's `dist`, with the types.
 */
const PACKAGE = join(__dirname, '..', 'client');
const SOURCE = join(PACKAGE, 'broadcast-client.js');

/** @param metafile where to write what went into the bundle, for the notices of what ships */
export async function bundleClient(folder: string, metafile?: string): Promise<void> {
  const built = await build({
    entryPoints: [SOURCE],
    outfile: join(folder, 'broadcast-client.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // esbuild's own comments would say where the files were.
    minifyWhitespace: true,
    metafile: true,
    // An app that type-checks its JavaScript leaves this file alone.
    banner: { js: '// @ts-nocheck\n/* broadcast-websocket-client and partysocket (MIT licence, https://www.npmjs.com/package/partysocket) */' },
    logLevel: 'warning',
  });
  if (metafile) {
    mkdirSync(dirname(metafile), { recursive: true });
    writeFileSync(metafile, JSON.stringify(built.metafile));
  }
}

/** Writes the declarations that the JSDoc of the source amounts to. */
export function writeTypes(folder: string): void {
  const program = createProgram([SOURCE], {
    allowJs: true,
    checkJs: true,
    strict: true,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: folder,
    target: ScriptTarget.ES2022,
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
    skipLibCheck: true,
  });
  const faults = [...getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (faults.length > 0) throw new Error(faults.map(({ messageText }) => `${SOURCE}: ${flattenDiagnosticMessageText(messageText, '\n')}`).join('\n'));
}

async function main(folders: string[]): Promise<void> {
  if (folders.length > 0) return void await Promise.all(folders.map((folder) => bundleClient(folder)));
  const dist = join(PACKAGE, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await bundleClient(dist, join(__dirname, '..', '.metafiles', 'client', 'client.json'));
  writeTypes(dist);
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
