import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { scratchFolder } from '../../harness/scratch';
import { bundledFolders, formatNotices, readPackage } from '../../packaging/notices';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** Writes a package as if installed. Returns its folder. */
function install(manifest: object, files: Record<string, string> = {}): string {
  const folder = join(scratch.path, 'node_modules', JSON.stringify(manifest).replace(/\W+/g, '-'));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) writeFileSync(join(folder, name), text);
  return folder;
}

const metafile = (...inputs: string[]) => ({ inputs: Object.fromEntries(inputs.map((input) => [input, {}])) }) as unknown as Metafile;

test('bundled is each package of which a file was read, also by a plugin, once', () => {
  const bundles = [
    metafile('local/index.ts', 'node_modules/ws/lib/a.js', 'node_modules/ws/lib/b.js'),
    metafile('plugin:/here/node_modules/@a/b/c.js', 'node_modules/x/node_modules/ws/a.js'),
  ];
  expect(bundledFolders(bundles)).toEqual(['/here/node_modules/@a/b', 'node_modules/ws', 'node_modules/x/node_modules/ws']);
});

test('a package has the text of its licence, and its own notices after it', () => {
  const folder = install({ name: 'a', version: '1.0.0', license: 'Apache-2.0' }, { NOTICE: 'by A\r\n', LICENSE: 'Apache\r\nLicense\n' });
  expect(readPackage(folder)).toEqual({ name: 'a', version: '1.0.0', license: 'Apache-2.0', text: 'Apache\nLicense\n\nby A' });
});

test('a package that has only the name of its licence gets the standard text', () => {
  const { text } = readPackage(install({ name: 'b', version: '1.0.0', license: { type: 'MIT' }, author: 'Bea <bea@example.com>' }));
  expect(text).toMatch(/^Copyright \(c\) Bea\n\nPermission is hereby granted/);
});

test.each<[string, object, Record<string, string>, RegExp]>([
  ['has no licence', { name: 'c', version: '1.0.0' }, { LICENSE: 'text' }, /licence .*is missing/],
  ['has no text of its licence', { name: 'd', version: '1.0.0', license: 'MIT' }, {}, /text of its licence is missing/],
  ['asks for more than its notice', { name: 'e', version: '1.0.0', license: 'GPL-3.0' }, { LICENSE: 'text' }, /must be one of .*MIT.*, got GPL-3\.0$/],
  ['has no version', { name: 'f', license: 'MIT' }, { LICENSE: 'text' }, /is missing/],
])('a package that %s is not bundled', (_what, manifest, files, message) => {
  expect(() => readPackage(install(manifest, files))).toThrow(message);
});

test('packages with the same text stand above it together', () => {
  const packages = ['b', 'a', 'c'].map((name) => ({ name, version: '1.0.0', license: 'MIT', text: name === 'c' ? 'other' : 'same' }));
  const [, , other, same] = ['', ...formatNotices(packages).split(/\n-{80}\n\n/)];
  expect([same, other].sort()).toEqual(['a 1.0.0 (MIT)\nb 1.0.0 (MIT)\n\nsame\n', 'c 1.0.0 (MIT)\n\nother\n']);
});
