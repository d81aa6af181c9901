import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { alignVersions } from '../../packaging/versions';

/* The three npm packages have one version: a release sets it in all of them, and resets it in all of them. */

const root = resolve(__dirname, '../..');
const read = (folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
const { tasks } = read(root, '.projen/tasks.json') as { tasks: Record<string, { steps: { exec?: string; builtin?: string }[] }> };
const workspaces = read(root, 'package.json').workspaces as string[];

const scratch = mkdtempSync(join(tmpdir(), 'versions-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('there are two packages beside the construct, with its version, author, licence and least Node.js', () => {
  expect(workspaces).toEqual(['local', 'client']);
  const { version, license, engines, repository } = read(root, 'package.json');
  for (const folder of workspaces) {
    expect(read(join(root, folder), 'package.json')).toMatchObject({ version, license, engines, repository: { ...repository as object, directory: folder } });
  }
});

test('what is bumped at the top is bumped in all, and nothing else changes', () => {
  const versioned = { ...read(root, 'package.json'), version: '4.5.6' };
  writeFileSync(join(scratch, 'package.json'), JSON.stringify(versioned));
  for (const folder of workspaces) {
    mkdirSync(join(scratch, folder));
    writeFileSync(join(scratch, folder, 'package.json'), readFileSync(join(root, folder, 'package.json')));
  }

  alignVersions(scratch);

  for (const folder of workspaces) expect(read(join(scratch, folder), 'package.json')).toEqual({ ...read(join(root, folder), 'package.json'), version: '4.5.6' });
});

test('what is taken back at the top leaves each file as it was, byte for byte', () => {
  writeFileSync(join(scratch, 'package.json'), readFileSync(join(root, 'package.json')));

  alignVersions(scratch);

  for (const folder of workspaces) expect(readFileSync(join(scratch, folder, 'package.json'), 'utf8')).toBe(readFileSync(join(root, folder, 'package.json'), 'utf8'));
});

test.each(['bump', 'unbump'])('the task %s does so after the version at the top has changed', (name) => {
  const steps = tasks[name].steps.map(({ exec, builtin }) => exec ?? builtin ?? '');
  expect(steps.at(-1)).toMatch(/packaging\/versions\.ts$/);
  expect(steps.slice(0, -1).some((step) => /apply-version-bump|reset-version/.test(step))).toBe(true);
});
