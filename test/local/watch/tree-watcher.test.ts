import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../harness/eventually';
import { watchTree } from '../../../local/watch/tree-watcher';

let root: string;
let changed: string[];
let errors: unknown[];
let watcher: Awaited<ReturnType<typeof watchTree>>;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'watcher-test-'));
  changed = [];
  errors = [];
  mkdirSync(join(root, 'src'));
  mkdirSync(join(root, 'skipped'));
  writeFileSync(join(root, 'src', 'a.ts'), 'a');
  watcher = await watchTree({
    root,
    isExcluded: (path) => path === 'skipped',
    isIncluded: (path) => path.endsWith('.ts'),
    onChange: (path) => changed.push(path),
    onError: (error) => errors.push(error),
  });
});

afterEach(async () => {
  expect(errors).toEqual([]);
  await watcher.close();
  rmSync(root, { recursive: true });
});

function sees(path: string): Promise<unknown> {
  return eventually(() => changed.includes(path));
}

/** Waits until all earlier writes have been noticed. */
async function settled(): Promise<void> {
  writeFileSync(join(root, 'src', 'last.ts'), String(Math.random()));
  await sees('src/last.ts');
}

test('a written file and a removed file count as changed', async () => {
  writeFileSync(join(root, 'src', 'a.ts'), 'b');
  await sees('src/a.ts');
  changed.length = 0;
  rmSync(join(root, 'src', 'a.ts'));
  await sees('src/a.ts');
});

test('a file that was there from the start counts as changed when it is removed', async () => {
  rmSync(join(root, 'src', 'a.ts'));
  await sees('src/a.ts');
});

test('files in new directories, nested ones too, are seen', async () => {
  mkdirSync(join(root, 'lib', 'deep'), { recursive: true });
  writeFileSync(join(root, 'lib', 'deep', 'b.ts'), 'b');
  await sees('lib/deep/b.ts');
  changed.length = 0;
  writeFileSync(join(root, 'lib', 'deep', 'b.ts'), 'c');
  await sees('lib/deep/b.ts');
});

test('a file that is written again with the same content has not changed', async () => {
  writeFileSync(join(root, 'src', 'a.ts'), 'b');
  await sees('src/a.ts');
  changed.length = 0;
  writeFileSync(join(root, 'src', 'a.ts'), 'b');
  await settled();
  expect(changed).not.toContain('src/a.ts');
});

test('files that are excluded, or not included, are not seen', async () => {
  writeFileSync(join(root, 'skipped', 'c.ts'), 'c');
  writeFileSync(join(root, 'src', 'c.txt'), 'c');
  await settled();
  expect(changed.filter((path) => path !== 'src/last.ts')).toEqual([]);
});

test('a link that leads to itself does no harm', async () => {
  symlinkSync('loop.ts', join(root, 'src', 'loop.ts'));
  await settled();
  expect(changed).not.toContain('src/loop.ts');
});
