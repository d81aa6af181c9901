import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/*
 * Runs all tests in the order of their dependencies, with progress, and ends with one line: `N passed, N failed, N skipped`, summed over all
 * runners. A step without tests of its own counts as one.
 */

interface Count {
  passed: number;
  failed: number;
  /** Names of failed tests, where a step has tests of its own. */
  failures?: string[];
  /** Names of skipped tests. */
  skipped: string[];
}

interface Step {
  readonly title: string;
  readonly command: string;
  /** Reads the counts of a step that has tests of its own. */
  readonly count?: (output: string) => Count | undefined | Promise<Count | undefined>;
}

const scratch = mkdtempSync(join(tmpdir(), 'all-tests-'));

/** These measure time, or bundle what others read. */
const ALONE = ['test/conformance/', 'test/e2e/examples-commands'];
/** Tests of the shipped whole, and of other tools' use of it. */
const WHOLE = ['test/e2e/', 'test/witness/'];
const PACKAGE = 'test/package/';
/** These share a Python virtual environment, and the CDK CLI. */
const SHARING = ['languages', 'python-page', 'templates'].map((name) => `${PACKAGE}${name}`);

/** Set in CI: without it, a run uses only some versions of aws-cdk-lib. */
const ALL_VERSIONS = process.env.TEST_ALL_VERSIONS === '1';

/** Steps one after another. */
type Lane = readonly Step[];

/** The lanes of a phase run in parallel: none writes what another reads, and none measures time. */
const phases: readonly (readonly Lane[])[] = [
  [[{ title: 'bundle the handlers and the local runner', command: 'projen bundle' }]],
  [
    [
      { title: 'compile with jsii', command: 'projen compile' },
      { title: 'compile the examples of the README and the docstrings', command: 'projen compile:examples' },
    ],
    [
      { title: 'snapshots of the integ apps', command: 'projen integ:verify', count: countIntegTests },
      { title: 'advisories on packages', command: 'projen audit', count: countLine },
    ],
  ],
  [
    [
      { title: 'API.md is up to date', command: `jsii-docgen -o ${join(scratch, 'API.md')} && ts-node -T -P tsconfig.dev.json packaging/order-api.ts ${join(scratch, 'API.md')} && diff API.md ${join(scratch, 'API.md')}` },
      { title: 'API compatible with the latest release, if there is one', command: 'projen compat' },
      { title: 'package for every language', command: 'projen package:available', count: countPackages },
    ],
    // These read lib/, which is complete by now.
    [
      { title: 'type-check', command: 'projen typecheck' },
      { title: 'lint', command: 'projen eslint && projen eslint:scripts' },
    ],
  ],
  [[jest('unit and handler tests', `--testPathIgnorePatterns ${[...ALONE, ...WHOLE, PACKAGE].join(' ')}`)]],
  [
    [jest('construct with other peers', '--silent --config jest.peers.config.json')],
    // Downloads for the most part.
    [{
      title: `${ALL_VERSIONS ? 'every version' : 'a choice of the versions'} of aws-cdk-lib and constructs`,
      command: `projen test:versions${ALL_VERSIONS ? '' : ' --choice'}`,
      count: countLine,
    }],
  ],
  [
    [jest('package tests with shared tools', `--runInBand ${SHARING.join(' ')}`)],
    [jest('package tests', `--runInBand ${PACKAGE} --testPathIgnorePatterns ${SHARING.join(' ')}`)],
  ],
  [[jest('end-to-end and witness tests', `${WHOLE.join(' ')} --testPathIgnorePatterns ${ALONE.join(' ')}`)]],
  // One at a time, with nothing beside.
  [[jest('conformance tests, and commands of the examples', `--runInBand ${ALONE.join(' ')}`)]],
];

const total: Count = { passed: 0, failed: 0, skipped: [] };
const namesOfAllFailed: string[] = [];
let begun = 0;

async function main(): Promise<void> {
  for (const lanes of phases) {
    await Promise.all(lanes.map(async (lane) => {
      for (const step of lane) await perform(step, lanes.length === 1);
    }));
  }
  rmSync(scratch, { recursive: true });
  for (const name of namesOfAllFailed) console.log(`failed: ${name}`);
  for (const name of total.skipped) console.log(`skipped: ${name}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

/** @param isAlone whether to show its output at once instead of at the end of the step */
async function perform({ title, command, count }: Step, isAlone: boolean): Promise<void> {
  const started = Date.now();
  console.log(`\n=== ${++begun}/${phases.flat(2).length} ${title}`);
  const { ok, output } = await run(command, isAlone);
  if (!isAlone) console.log(`\n=== output of: ${title}\n${output}`);
  const counted = await count?.(output) ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] };
  if (!ok && counted.failed === 0) counted.failed = 1;
  if (counted.failed > 0) namesOfAllFailed.push(...counted.failures ?? [title]);
  console.log(`=== ${counted.failed === 0 ? 'ok' : 'FAILED'}: ${title} (${Math.round((Date.now() - started) / 1000)} s)`);
  total.passed += counted.passed;
  total.failed += counted.failed;
  total.skipped.push(...counted.skipped);
}

function run(command: string, isShown: boolean): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${join('node_modules', '.bin')}:${process.env.PATH}` } });
    let output = '';
    for (const [stream, copy] of [[child.stdout, process.stdout], [child.stderr, process.stderr]] as const) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (isShown) copy.write(chunk);
      });
    }
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

function countIntegTests(output: string): Count | undefined {
  const passed = /Tests:.*?(\d+) passed/.exec(output);
  const failed = /Tests:.*?(\d+) failed/.exec(output);
  if (!passed && !failed) return undefined;
  return { passed: Number(passed?.[1] ?? 0), failed: Number(failed?.[1] ?? 0), skipped: [] };
}

/** One per registry that was packaged for; a registry that could not be packaged for counts as skipped. */
function countPackages(output: string): Count | undefined {
  const [, made] = /^packaged for (.+)$/m.exec(output) ?? [];
  return made ? { passed: made.split(', ').length, failed: 0, skipped: [...output.matchAll(/^skipped: (.+)$/gm)].map(([, what]) => what) } : undefined;
}

/** Reads the last line of a step that ends in the same form. */
function countLine(output: string): Count | undefined {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed, \d+ skipped$/m.exec(output) ?? [];
  if (passed === undefined) return undefined;
  return { passed: Number(passed), failed: Number(failed), skipped: [...output.matchAll(/^skipped: (.+)$/gm)].map(([, what]) => what) };
}

/** Jest's report on one file. */
interface FileReport {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: { readonly status: string; readonly fullName: string }[];
}

function jest(title: string, selection: string): Step {
  const report = join(scratch, `${title.replace(/\W+/g, '-')}.json`);
  return {
    title,
    command: `jest --ci --json --outputFile=${report} ${selection}`,
    count: () => existsSync(report) ? countJestTests((JSON.parse(readFileSync(report, 'utf8')) as { testResults: FileReport[] }).testResults) : undefined,
  };
}

function countJestTests(files: FileReport[]): Count {
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const failures = files.filter(({ status }) => status === 'failed').flatMap(namesOfFailed);
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failures.length,
    failures,
    skipped: tests.filter(({ status }) => status === 'pending' || status === 'todo').map(({ fullName }) => fullName),
  };
}

/** A file that fails as a whole has no tests, and counts as one. */
function namesOfFailed({ name, assertionResults }: FileReport): string[] {
  const names = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  return names.length > 0 ? names.map((test) => `${basename(name)}: ${test}`) : [basename(name)];
}

void main();
