import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differencesOf, isFrom, type KnownDifference, readDifferences } from './differences';
import { chosen, type Peer, readVersions } from './version-list';
import { inParallel } from '../../lambda-src/core/in-parallel';
import { install, NotServed, pack, synthesizeStacks, type Templates, writeStacksApp } from '../package/support/packed-app';

/*
 * Synthesises the stacks with every version of the peers, from the packed tarball, in an empty app, and compares the templates: without feature
 * flags, and with those that the version recommends. Nothing of a version is kept. With `--choice`, only some versions: see
 * version-list.ts. Needs `npx projen bundle && npx projen compile`.
 */

type Versions = Readonly<Record<Peer, string>>;
type Outcome = Readonly<Record<'plain' | 'recommended flags', Templates>>;

const scratch = mkdtempSync(join(tmpdir(), 'all-versions-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Combines each version of one peer with a version of the other: the newest constructs, or the lowest aws-cdk-lib. */
function casesOf(select: (versions: string[]) => string[]): { peer: Peer; versions: Versions }[] {
  const all = readVersions();
  return [
    ...select(all['aws-cdk-lib']).map((version) => ({ peer: 'aws-cdk-lib' as const, versions: { 'aws-cdk-lib': version, 'constructs': all.constructs.at(-1)! } })),
    ...select(all.constructs).map((version) => ({ peer: 'constructs' as const, versions: { 'aws-cdk-lib': all['aws-cdk-lib'][0], 'constructs': version } })),
  ];
}

async function synthesize(tarball: string, versions: Versions): Promise<Outcome> {
  const folder = mkdtempSync(join(scratch, 'app-'));
  try {
    await install(folder, [tarball, ...Object.entries(versions).map(([name, version]) => `${name}@${version}`)], join(folder, 'cache'));
    writeStacksApp(folder);
    // Newer versions validate each template, which takes most of the time: once is enough.
    const plain = await synthesizeStacks(folder, {}, { CDK_VALIDATION: 'false' });
    const flags = JSON.parse(readFileSync(join(folder, 'node_modules', 'aws-cdk-lib', 'recommended-feature-flags.json'), 'utf8')) as Record<string, unknown>;
    return { plain, 'recommended flags': await synthesizeStacks(folder, flags) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the known differences between versions. */
function differencesBetween(others: Versions, versions: Versions): KnownDifference[] {
  return readDifferences().filter(({ peer, from }) => isFrom(versions[peer], from) && !isFrom(others[peer], from));
}

/** Returns the problems of a version, compared with the first one's templates. */
function faultsOf(first: Outcome, outcome: Outcome, known: KnownDifference[]): string[] {
  return (Object.keys(outcome) as (keyof Outcome)[]).flatMap((flags) =>
    differencesOf(first[flags], outcome[flags], known).map((difference) => `${flags}: ${difference}`));
}

/** Installing waits for the registry and the disk, so that two are not slower than one. */
const AT_ONCE = 2;

async function main(): Promise<void> {
  const cases = casesOf(process.argv.includes('--choice') ? chosen : (versions) => versions);
  const tarball = await pack(scratch);
  const count = { passed: 0, failed: 0, skipped: [] as string[] };
  let first: { readonly versions: Versions; readonly outcome: Outcome } | undefined;
  const check = async ({ peer, versions }: (typeof cases)[number]): Promise<void> => {
    const started = Date.now();
    const name = `aws-cdk-lib ${versions['aws-cdk-lib']} with constructs ${versions.constructs}`;
    const say = (what: string) => {
      const done = count.passed + count.failed + count.skipped.length;
      console.log(`${done}/${cases.length} ${name}: ${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    };
    try {
      const outcome = await synthesize(tarball, versions);
      first ??= { versions, outcome };
      const faults = faultsOf(first.outcome, outcome, differencesBetween(first.versions, versions));
      count[faults.length > 0 ? 'failed' : 'passed']++;
      say(faults.length > 0 ? `FAILED\n  ${faults.join('\n  ')}` : 'ok');
    } catch (error) {
      if (error instanceof NotServed) count.skipped.push(`${peer} ${versions[peer]}: the registry does not serve it (${error.message})`);
      else count.failed++;
      say(error instanceof NotServed ? 'skipped' : `FAILED\n${(error as { stderr?: string }).stderr ?? String(error)}`);
    }
  };
  // The others are held equal to the first one.
  const [lowest, ...others] = cases;
  await check(lowest);
  await inParallel(others, AT_ONCE, check);
  for (const name of count.skipped) console.log(`skipped: ${name}`);
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped.length} skipped`);
  process.exitCode = count.failed > 0 ? 1 : 0;
}

void main();
