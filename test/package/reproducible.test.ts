import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { distFile, ROOT } from './support/apps';

/*
 * Builds this checkout a second time, in another folder. Users' functions are redeployed when a byte of their bundles changes: no byte may depend
 * on the place, time or user of the build. Needs `npx projen package:available` first.
 */

jest.setTimeout(300_000);

const copy = mkdtempSync(join(tmpdir(), 'second-checkout-'));
const files = run(ROOT, 'git', 'ls-files', '--cached', '--others', '--exclude-standard').trim().split('\n');

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
}

beforeAll(() => {
  for (const file of files.filter((path) => !path.startsWith('test/integ.'))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Returns the bytes of each function's bundle and the local runner, by name. */
function bundles(checkout: string): Record<string, string> {
  const assets = join(checkout, 'assets');
  return Object.fromEntries(readdirSync(assets, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\bindex\.js$/.test(file))
    .map((file) => [file, readFileSync(join(assets, file), 'latin1')]));
}

function edit(pattern: RegExp, change: (text: string) => string): void {
  for (const file of files.filter((path) => pattern.test(path))) {
    writeFileSync(join(copy, file), change(readFileSync(join(copy, file), 'utf8')));
  }
}

/** Files that may lie around: earlier packages, notes, and outputs of sources that are gone. */
const STRAYS = [
  'other-1.0.0.tgz', 'other-1.0.0-py3-none-any.whl', 'dist/js/other.tgz', 'notes.txt', 'new-folder/index.js', '.env',
  'lib/other.tgz', 'lib/gone.js', 'assets/gone.js', 'assets/lambda-src/gone.lambda/index.js',
];

function scatter(): void {
  for (const stray of STRAYS) {
    mkdirSync(dirname(join(copy, stray)), { recursive: true });
    writeFileSync(join(copy, stray), 'stray');
  }
}

test('`npm pack` makes the same package, byte for byte, whatever lies about', () => {
  scatter();
  const name = run(copy, 'npm', 'pack', '--silent').trim().split('\n').at(-1)!;
  const [first, second] = [distFile('js', /\.tgz$/), join(copy, name)];
  // On a failure, the differing files say more than the packages.
  expect(run(copy, 'tar', '-tvf', second)).toBe(run(copy, 'tar', '-tvf', first));
  expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
});

test('a second `npm pack` makes the same again: the first package is not in it', () => {
  const [name] = readdirSync(copy).filter((file) => file.startsWith('cdk-') && file.endsWith('.tgz'));
  const first = readFileSync(join(copy, name));
  run(copy, 'npm', 'pack', '--silent', '--ignore-scripts');
  expect(readFileSync(join(copy, name)).equals(first)).toBe(true);
});

test('a change of the code changes the bundles that have it, and no other; comments and blank lines change none', () => {
  edit(/^(src|lambda-src|local)\/.*\.ts$/, (text) => `/* A new comment. */\n\n${text}\n// And another.\n`);
  edit(/^lambda-src\/connection-handler\.lambda\.ts$/, (text) => `${text}\nprocess.title = 'changed';\n`);
  run(copy, 'npx', '--no-install', 'projen', 'bundle');
  const made = bundles(copy);
  const here = bundles(ROOT);
  expect(Object.keys(here).length).toBeGreaterThanOrEqual(5);
  expect(Object.keys(made).filter((file) => made[file] !== here[file])).toEqual([join('lambda-src', 'connection-handler.lambda', 'index.js')]);
});
