import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { createProgram, flattenDiagnosticMessageText, getPreEmitDiagnostics, ModuleKind, ModuleResolutionKind, preProcessFile, ScriptTarget } from 'typescript';

/*
 * Bundles the client into one plain ES module, for bundlers, Node.js and pages without a build step: into the package's `dist`, with the
 * types.
 */
const PACKAGE = join(__dirname, '..', 'client');
const ENTRY = 'broadcast-client';
const SOURCE = join(PACKAGE, 'src', `${ENTRY}.ts`);

/**
 * Properties of the client's own objects, which a bundle names by one letter each. None is a name of the browser's, of what travels, or of
 * what users of the client see.
 */
const OWN_PROPERTIES = new RegExp(`^(${[
  'acknowledge', 'address', 'after', 'age', 'answer', 'answered', 'ask', 'begin', 'begun', 'call', 'cancel', 'cancelPause', 'clock',
  'current', 'deliver', 'emit', 'end', 'ended', 'fail', 'failed', 'flush', 'forget', 'forgetLine', 'frame', 'host', 'hurry', 'isAsked',
  'isJoined', 'isOpen', 'isWaiting', 'isWanted', 'joinAll', 'leave', 'left', 'line', 'lost', 'newRef', 'options', 'pause', 'ports',
  'present', 'probe', 'ready', 'request', 'requests', 'seen', 'socket', 'start', 'take', 'times', 'tries', 'wasSent',
].join('|')})$`);

/** @param metafile where to write what went into the bundle, for the notices of what ships */
export async function bundleClient(folder: string, metafile?: string): Promise<void> {
  const built = await build({
    entryPoints: [SOURCE],
    outfile: join(folder, `${ENTRY}.js`),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    mangleProps: OWN_PROPERTIES,
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } }, // names no field that its constructor sets
    metafile: true,
    // An app that type-checks its JavaScript leaves this file alone.
    banner: { js: '// @ts-nocheck broadcast-websocket-client, Apache-2.0' },
    logLevel: 'warning',
  });
  if (metafile) {
    mkdirSync(dirname(metafile), { recursive: true });
    writeFileSync(metafile, JSON.stringify(built.metafile));
  }
}

/** Writes the declarations of what the entry exports. Declarations of an ES module name the files that they import in full. */
export function writeTypes(folder: string): void {
  const emitted = new Map<string, string>();
  const program = createProgram([SOURCE], {
    strict: true,
    declaration: true,
    emitDeclarationOnly: true,
    target: ScriptTarget.ES2022,
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    skipLibCheck: true,
  });
  const faults = [
    ...getPreEmitDiagnostics(program),
    ...program.emit(undefined, (file, text) => emitted.set(basename(file, '.d.ts'), text)).diagnostics,
  ];
  if (faults.length > 0) throw new Error(faults.map(({ messageText }) => `${SOURCE}: ${flattenDiagnosticMessageText(messageText, '\n')}`).join('\n'));
  const names = new Set([ENTRY]);
  for (const name of names) { // grows on the way
    const text = emitted.get(name)!;
    for (const { fileName } of preProcessFile(text).importedFiles) names.add(basename(fileName));
    writeFileSync(join(folder, `${name}.d.ts`), text.replace(/( from '\.\/[\w-]+)(?=';)/g, '$1.js'));
  }
}

async function main(): Promise<void> {
  const dist = join(PACKAGE, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await bundleClient(dist, join(__dirname, '..', '.metafiles', 'client', 'client.json'));
  writeTypes(dist);
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
