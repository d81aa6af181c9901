import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { unzip } from '../../../local/assembly/zip';
import { describeWithPython } from '../fixtures/python';
import { zipOf, type ZipEntry } from '../fixtures/zip';

let directory: string;
let target: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'zip-'));
  target = join(directory, 'target');
});

afterEach(() => rmSync(directory, { recursive: true }));

async function unpack(archive: Buffer): Promise<void> {
  writeFileSync(join(directory, 'archive.zip'), archive);
  await unzip(join(directory, 'archive.zip'), target);
}

const read = (name: string) => readFileSync(join(target, name), 'utf8');

test('files are unpacked to their paths, whether compressed or stored', async () => {
  await unpack(zipOf([{ name: 'lib/' }, { name: 'lib/a.js', content: 'a' }, { name: 'b.txt', content: 'grüße', method: 0 }, { name: 'deep/er/c' }]));
  expect([read('lib/a.js'), read('b.txt'), read('deep/er/c')]).toEqual(['a', 'grüße', '']);
});

test('an archive with a comment at its end is unpacked', async () => {
  await unpack(zipOf([{ name: 'a', content: 'a' }], 'made by hand'));
  expect(read('a')).toBe('a');
});

test('executables stay executable, and links stay links', async () => {
  await unpack(zipOf([{ name: 'bin/run', content: '#!/bin/sh\n', mode: 0o100755 }, { name: 'link', content: 'bin/run', mode: 0o120777 }]));
  expect(statSync(join(target, 'bin/run')).mode & 0o111).toBe(0o111);
  expect(realpathSync(join(target, 'link'))).toBe(realpathSync(join(target, 'bin/run')));
});

test('unpacking returns whatever was packed', async () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 5 });
  const bytes = fc.array(fc.uint8Array({ maxLength: 500 }), { minLength: 5, maxLength: 5 });
  await fc.assert(fc.asyncProperty(names, bytes, fc.constantFrom(0, 8), async (files, contents, method) => {
    await unpack(zipOf(files.map((name, index) => ({ name, content: Buffer.from(contents[index]), method }))));
    expect(files.map((name) => readFileSync(join(target, name)))).toEqual(files.map((_name, index) => Buffer.from(contents[index])));
    rmSync(target, { recursive: true });
  }), { numRuns: 25 });
});

test.each<[string, Buffer | ZipEntry[], string]>([
  ['is none', Buffer.from('text'), 'not a zip file'],
  ['is empty', Buffer.alloc(0), 'not a zip file'],
  ['is cut off', zipOf([{ name: 'a', content: 'a' }]).subarray(0, -1), 'truncated'],
  ['leads out of its directory', [{ name: '../evil' }], 'invalid relative path: ../evil'],
  ['leads out of its directory, as Windows writes it', [{ name: '..\\evil' }], 'invalid relative path: ../evil'],
  ['leads to the root', [{ name: '/etc/evil' }], 'absolute path: /etc/evil'],
  ['has a link out of its directory', [{ name: 'a/link', content: '../../evil', mode: 0o120777 }], "the link 'a/link' in it leads out of its directory"],
  ['has a link to the root', [{ name: 'link', content: '/etc', mode: 0o120777 }], "the link 'link' in it leads out of its directory"],
  ['has one path twice', [{ name: 'a' }, { name: './a' }], "'./a' is in it twice"],
  ['writes through a link', [{ name: 'd/' }, { name: 'l', content: 'd', mode: 0o120777 }, { name: 'l/evil', content: 'x' }], 'EEXIST'],
  ['is encrypted', [{ name: 'a', flags: 1 }], "'a' in it is encrypted"],
  ['is packed in another way', [{ name: 'a', method: 12 }], "'a' in it is encrypted, or packed by another method than deflate"],
])('a zip file that %s is an error', async (what, archive, message) => {
  await expect(unpack(Buffer.isBuffer(archive) ? archive : zipOf(archive))).rejects.toThrow(message);
  expect(readdirSync(directory, { recursive: true }).filter((path) => String(path).endsWith('evil'))).toEqual(what === 'writes through a link' ? [join('target', 'l', 'evil')] : []);
});

test('an archive that would unpack to more than a function may have is an error before it is unpacked', async () => {
  const path = join(directory, 'archive.zip');
  writeFileSync(path, zipOf([{ name: 'a', content: Buffer.alloc(600_000) }, { name: 'b', content: Buffer.alloc(400_001) }]));
  await expect(unzip(path, target, 1_000_000)).rejects.toThrow("it must unpack to 1000000 bytes at most, as on Lambda; 'b' in it exceeds that");
  expect(readdirSync(target)).toEqual(['a']);
  await unzip(path, join(directory, 'other'), 1_000_001);
  writeFileSync(path, zipOf([{ name: 'stored', content: Buffer.alloc(11), method: 0 }]));
  await expect(unzip(path, target, 10)).rejects.toThrow("'stored' in it exceeds that");
});

test('an entry that unpacks to more than it says is an error', async () => {
  const archive = zipOf([{ name: 'bomb', content: Buffer.alloc(1_000_000) }]);
  // In its own header and in the directory's.
  archive.writeUInt32LE(10, archive.indexOf('PK\x03\x04') + 22);
  archive.writeUInt32LE(10, archive.indexOf('PK\x01\x02') + 24);
  await expect(unpack(archive)).rejects.toThrow('too many bytes');
});

describeWithPython('an archive from another program', () => {
  test('is unpacked', async () => {
    mkdirSync(join(directory, 'source'));
    writeFileSync(join(directory, 'source', 'index.js'), 'x'.repeat(10_000));
    execFileSync('python3', ['-m', 'zipfile', '-c', join(directory, 'other.zip'), join(directory, 'source')]);
    await unzip(join(directory, 'other.zip'), target);
    expect(read('source/index.js')).toHaveLength(10_000);
  });
});
