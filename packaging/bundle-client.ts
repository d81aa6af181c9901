import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { createProgram, flattenDiagnosticMessageText, getPreEmitDiagnostics, ModuleKind, ModuleResolutionKind, preProcessFile, ScriptTarget } from 'typescript';

/*
 * Bundles the client into one plain ES module, for bundlers, Node.js and pages without a build step: into the package's `dist`, with the
 * hooks for React in a file beside it, and the types.
 */
const PACKAGE = join(__dirname, '..', 'client');
const CLIENT = 'broadcast-client';
const HOOKS = 'react';

/**
 * Properties of the client's own objects, which a bundle names by one letter each. None is a name of the browser's, of what travels, or of
 * what users of the client see.
 */
const OWN_PROPERTIES = new RegExp(`^(${[
  'acknowledge', 'address', 'after', 'age', 'answer', 'answered', 'ask', 'become', 'begin', 'begun', 'call', 'cancel', 'cancelPause',
  'clock', 'current', 'doubt', 'emit', 'end', 'ended', 'fail', 'failed', 'flush', 'forget', 'forgetLine', 'frame', 'host',
  'hurry', 'isAsked', 'isJoined', 'isNew', 'isOpen', 'isWaiting', 'isWanted', 'joinAll', 'leave', 'left', 'line', 'listener', 'lost', 'missed', 'offered',
  'options', 'pause', 'ports', 'present', 'probe', 'question', 'ready', 'reject', 'request', 'requests', 'seen', 'sessionId', 'socket', 'start', 'take', 'times',
  'tries', 'wasSent',
].join('|')})$`);

/** @param metafile where to write what went into the bundle, for the notices of what ships */
export async function bundleClient(folder: string, metafile?: string): Promise<void> {
  await bundle(CLIENT, { outdir: folder, mangleProps: OWN_PROPERTIES }, metafile);
}

/** The hooks take the client from the file beside them, so that an app has it once. */
export async function bundleHooks(folder: string, metafile?: string): Promise<void> {
  const client: Plugin = {
    name: 'client-beside',
    setup: ({ onResolve }) => onResolve({ filter: new RegExp(`/${CLIENT}$`) }, () => ({ path: `./${CLIENT}.js`, external: true })),
  };
  await bundle(HOOKS, { outdir: folder, external: ['react'], plugins: [client] }, metafile);
}

async function bundle(entry: string, options: BuildOptions, metafile?: string): Promise<void> {
  const built = await build({
    entryPoints: [sourceOf(entry)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } }, // names no field that its constructor sets
    metafile: true,
    // An app that type-checks its JavaScript leaves this file alone.
    banner: { js: '// @ts-nocheck broadcast-websocket-client, Apache-2.0' },
    logLevel: 'warning',
    ...options,
  });
  if (!metafile) return;
  mkdirSync(dirname(metafile), { recursive: true });
  writeFileSync(metafile, JSON.stringify(built.metafile));
}

function sourceOf(entry: string): string {
  return join(PACKAGE, 'src', `${entry}.ts`);
}

/** Writes the declarations of what the entries export. Declarations of an ES module name the files that they import in full. */
export function writeTypes(folder: string): void {
  const entries = [CLIENT, HOOKS];
  const emitted = new Map<string, string>();
  const program = createProgram(entries.map(sourceOf), {
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
  if (faults.length > 0) throw new Error(faults.map(({ messageText }) => `${PACKAGE}: ${flattenDiagnosticMessageText(messageText, '\n')}`).join('\n'));
  const names = new Set(entries);
  for (const name of names) { // grows on the way
    const text = emitted.get(name)!;
    for (const { fileName } of preProcessFile(text).importedFiles) names.add(basename(fileName));
    writeFileSync(join(folder, `${name}.d.ts`), text.replace(/( from '\.\/[\w-]+)(?=';)/g, '$1.js'));
  }
}

async function main(): Promise<void> {
  const dist = join(PACKAGE, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const metafiles = join(__dirname, '..', '.metafiles', 'client');
  await bundleClient(dist, join(metafiles, 'client.json'));
  await bundleHooks(dist, join(metafiles, 'react.json'));
  writeTypes(dist);
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
