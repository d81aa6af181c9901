import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/* The behaviour of `npm run package` on machines that lack tools. Here, the packaging command of a language only records that it was called. */

const root = resolve(__dirname, '../..');
const { tasks } = JSON.parse(readFileSync(join(root, '.projen/tasks.json'), 'utf8')) as {
  tasks: Record<string, { steps: { spawn: string; condition?: string }[] }>;
};

const path = mkdtempSync(join(tmpdir(), 'tools-'));
afterAll(() => rmSync(path, { recursive: true, force: true }));

function tool(name: string, script: string): void {
  writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, name), 0o755);
}

function packaged(): { said: string[]; status: number | null } {
  const tsNode = join(root, 'node_modules/ts-node/dist/bin.js');
  const { stdout, status } = spawnSync(process.execPath, [tsNode, '-T', '-P', 'tsconfig.dev.json', 'packaging/package.ts'], { cwd: root, env: { PATH: path }, encoding: 'utf8' });
  return { said: stdout.trim().split('\n'), status };
}

beforeAll(() => {
  symlinkSync('/bin/sh', join(path, 'sh'));
  tool('npx', 'echo "$@"');
});

test('packages what it can, and says by name what it skipped and why', () => {
  expect(packaged()).toEqual({
    said: [
      '--no-install projen package:js', '--no-install projen package:dotnet-sources', '--no-install projen package:go',
      '--no-install projen package:broadcast-local', '--no-install projen package:broadcast-websocket-client',
      'packaged for npm, Go, npm (broadcast-local), npm (broadcast-websocket-client)',
      'skipped: the PyPI package: no python3 that works',
      'skipped: the Maven package: no mvn, no javac that works',
      'skipped: the NuGet package: no dotnet that works; only its sources are in dist/dotnet',
    ],
    status: 0,
  });
});

test('takes a tool that does not work for one that is missing, and skips nothing that works', () => {
  tool('python3', 'exit 1');
  for (const name of ['mvn', 'javac', 'dotnet']) tool(name, 'exit 0');

  const { said } = packaged();

  expect(said).toContain('packaged for npm, Maven, NuGet, Go, npm (broadcast-local), npm (broadcast-websocket-client)');
  expect(said.filter((line) => line.startsWith('skipped'))).toEqual(['skipped: the PyPI package: no python3 that works']);
});

test('fails when a package cannot be made', () => {
  tool('npx', 'case "$3" in package:go) exit 1;; esac');

  expect(packaged().status).not.toBe(0);
});

test('`npm run package` makes what it packages, but for GitHub, where it has been made', () => {
  const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;
  const inGitHub = ({ condition }: { condition?: string }) => spawnSync(condition!, { shell: true, env: { ...process.env, GITHUB_ACTIONS: 'true' } }).status === 0;
  const { steps } = tasks.package;

  expect(scripts.package).toBe('projen package');
  expect(steps.filter((step) => !inGitHub(step)).map(({ spawn }) => spawn)).toEqual(['pre-compile', 'compile', 'compile:examples', 'package:available']);
  expect(steps.filter(inGitHub).map(({ spawn }) => spawn)).toEqual(['package:js', 'package:broadcast-local', 'package:broadcast-websocket-client']);
});
