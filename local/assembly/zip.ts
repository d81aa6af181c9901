import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';

/** Lambda's limit for a function with its layers. */
const MAX_UNPACKED_BYTES = 250 * 1024 * 1024;

const FILE_TYPE = 0o170000;
const LINK = 0o120000;
const EXECUTABLE = 0o111;

/** Unpacks a zip file into a directory. Links are created last, so that nothing is written through one. */
export async function unzip(file: string, directory: string, maxBytes = MAX_UNPACKED_BYTES): Promise<void> {
  const archive = await openPromise(file);
  let bytesLeft = maxBytes;
  const links = new Map<string, string>();
  const paths = new Set<string>();
  for await (const entry of archive.eachEntry()) {
    const path = resolve(directory, entry.fileName);
    if (paths.has(path)) throw new Error(`'${entry.fileName}' is in it twice`);
    paths.add(path);
    // An archive of a few kilobytes may unpack to gigabytes. yauzl makes sure that no entry exceeds its declared size.
    bytesLeft -= entry.uncompressedSize;
    if (bytesLeft < 0) throw new Error(`it must unpack to ${maxBytes} bytes at most, as on Lambda; '${entry.fileName}' in it exceeds that`);
    if (!entry.canDecodeFileData()) throw new Error(`'${entry.fileName}' in it is encrypted, or packed by another method than deflate`);
    if (isLink(entry)) links.set(path, (await buffer(await archive.openReadStreamPromise(entry))).toString());
    else await write(archive, entry, path);
  }
  for (const [path, target] of links) {
    refuseOutside(directory, path, target);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
  }
}

async function write(archive: ZipFile, entry: Entry, path: string): Promise<void> {
  if (entry.fileName.endsWith('/')) return void await mkdir(path, { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  const mode = (modeOf(entry) & EXECUTABLE) === 0 ? 0o644 : 0o755;
  await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(path, { mode }));
}

/** Returns the Unix mode of a file; 0 when it was packed on another system. */
function modeOf({ externalFileAttributes }: Entry): number {
  return externalFileAttributes >>> 16;
}

function isLink(entry: Entry): boolean {
  return (modeOf(entry) & FILE_TYPE) === LINK;
}

/** Refuses links that lead out of the directory; yauzl only refuses such names. */
function refuseOutside(directory: string, path: string, target: string): void {
  const led = resolve(dirname(path), target);
  if (led !== directory && !led.startsWith(directory + sep)) throw new Error(`the link '${relative(directory, path)}' in it leads out of its directory`);
}
