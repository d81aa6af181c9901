import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, type Metafile } from 'esbuild';

/*
 * Synthesises the example chat into the package of the local runner, so that `broadcast-local --example chat` serves it where there is no
 * project. Comes after the handlers' bundles, which are the code of its functions.
 */

const ROOT = join(__dirname, '..');
const EXAMPLE = 'chat';
const APP = join('examples', EXAMPLE, 'app.ts');
/** Its only function that is not the construct's. */
const OWN = join('examples', EXAMPLE, 'names.lambda.ts');
const OUTDIR = join(ROOT, 'local', 'dist', 'examples', EXAMPLE);
const HANDLERS = join(ROOT, 'assets', 'lambda-src');
const METAFILES = join(ROOT, '.metafiles');

/** Files that the CDK writes for its CLI and for tree viewers: the runner does not read them. */
const UNREAD = ['cdk.out', 'tree.json', 'validation-report.json'];

const CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': false,
  'aws:cdk:version-reporting': false,
  'aws:cdk:bundling-stacks': ['**'],
};

async function bundleExample(): Promise<void> {
  if (!existsSync(HANDLERS)) throw new Error('the handlers are not bundled: run `npx projen bundle`');
  rmSync(OUTDIR, { recursive: true, force: true });
  synthesise();
  for (const name of UNREAD) rmSync(join(OUTDIR, name), { force: true });
  await writeMetafiles();
}

function synthesise(): void {
  const tsNode = join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js');
  // An example as it is shipped: not as the variables of this shell would have it.
  const { TICKER: _ticker, BUSY: _busy, ...env } = process.env;
  execFileSync(process.execPath, [tsNode, '-T', '-P', 'tsconfig.dev.json', APP], {
    cwd: ROOT,
    env: { ...env, CDK_OUTDIR: OUTDIR, CDK_CONTEXT_JSON: JSON.stringify(CONTEXT), CDK_VALIDATION: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Writes the inputs of the functions' bundles, for the notices of the package. */
async function writeMetafiles(): Promise<void> {
  mkdirSync(join(METAFILES, 'local'), { recursive: true });
  const handlers = readdirSync(HANDLERS).map((folder) => ({ text: codeIn(join(HANDLERS, folder)), name: folder.replace(/\.lambda$/, '') }));
  for (const asset of readdirSync(OUTDIR).filter((name) => name.startsWith('asset.'))) {
    const text = codeIn(join(OUTDIR, asset));
    const handler = handlers.find((each) => each.text === text);
    const inputs = handler ? readInputs(handler.name) : await inputsOfOwn();
    const outputs = { [relative(ROOT, join(OUTDIR, asset, 'index.js'))]: {} };
    writeFileSync(join(METAFILES, 'local', `example-${asset}.json`), JSON.stringify({ inputs, outputs }));
  }
}

function codeIn(folder: string): string {
  return readFileSync(join(folder, 'index.js'), 'utf8');
}

function readInputs(handler: string): Metafile['inputs'] {
  return (JSON.parse(readFileSync(join(METAFILES, 'construct', `${handler}.json`), 'utf8')) as Metafile).inputs;
}

async function inputsOfOwn(): Promise<Metafile['inputs']> {
  const { metafile } = await build({ entryPoints: [OWN], absWorkingDir: ROOT, bundle: true, platform: 'node', metafile: true, write: false });
  return metafile.inputs;
}

bundleExample().catch((error: Error & { stderr?: Buffer }) => {
  const why = error.stderr?.toString().trim() || error.message;
  console.error(`the example ${EXAMPLE} could not be synthesised, so that the package of the local runner would lack it: ${why}`);
  process.exitCode = 1;
});
