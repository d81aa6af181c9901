import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/*
 * A zip file ends with a directory of what is in it: the end record says where the directory begins, and each of its entries where the
 * bytes are. Sizes are taken from there, since they may be missing beside the bytes. Not read: encrypted archives, archives in parts, and
 * those over 4 GB; functions have 250 MB at most.
 */
const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const MAX_COMMENT_BYTES = 0xffff;
/** Lambda's limit for a function with its layers. */
const MAX_UNPACKED_BYTES = 250 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  /** The mode of a Unix file, 0 when it was packed elsewhere. */
  readonly mode: number;
  readonly packed: Buffer;
}

/** Unpacks a zip file into a directory. Links come last, so that nothing is written through one of them. */
export function unzip(file: string, directory: string, maxBytes = MAX_UNPACKED_BYTES): void {
  let bytesLeft = maxBytes;
  const links = new Map<string, string>();
  const paths = new Set<string>();
  for (const entry of entriesOf(readFileSync(file))) {
    const path = inside(directory, entry.name);
    if (paths.has(path)) throw new Error(`'${entry.name}' is in it twice`);
    paths.add(path);
    if (entry.name.endsWith('/')) {
      mkdirSync(path, { recursive: true });
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    const content = contentOf(entry, bytesLeft);
    if (!content) throw new Error(`it must unpack to ${maxBytes} bytes at most, as on Lambda; '${entry.name}' in it is beyond`);
    bytesLeft -= content.length;
    if ((entry.mode & 0o170000) === 0o120000) {
      inside(directory, join(relative(directory, dirname(path)), content.toString()));
      links.set(path, content.toString());
    } else {
      writeFileSync(path, content);
      if ((entry.mode & 0o111) !== 0) chmodSync(path, 0o755);
    }
  }
  for (const [path, target] of links) symlinkSync(target, path);
}

function* entriesOf(archive: Buffer): Generator<Entry> {
  const end = findEnd(archive);
  let offset = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    if (archive.readUInt32LE(offset) !== ENTRY_SIGNATURE) throw new Error('its directory is broken');
    const nameBytes = archive.readUInt16LE(offset + 28);
    const local = archive.readUInt32LE(offset + 42);
    const start = local + LOCAL_BYTES + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    yield {
      name: archive.toString('utf8', offset + ENTRY_BYTES, offset + ENTRY_BYTES + nameBytes),
      method: archive.readUInt16LE(offset + 10),
      isEncrypted: (archive.readUInt16LE(offset + 8) & 1) === 1,
      mode: archive.readUInt32LE(offset + 38) >>> 16,
      packed: archive.subarray(start, start + archive.readUInt32LE(offset + 20)),
    };
    offset += ENTRY_BYTES + nameBytes + archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32);
  }
}

/** The end record is the last thing in the file, but for a comment. */
function findEnd(archive: Buffer): number {
  for (let offset = archive.length - END_BYTES; offset >= Math.max(0, archive.length - END_BYTES - MAX_COMMENT_BYTES); offset--) {
    if (archive.readUInt32LE(offset) === END_SIGNATURE) return offset;
  }
  throw new Error('it is no zip file');
}

/** Undefined when it is larger than it may be. */
function contentOf({ name, method, isEncrypted, packed }: Entry, maxBytes: number): Buffer | undefined {
  if (isEncrypted) throw new Error(`'${name}' in it is encrypted`);
  if (method === STORED) return packed.length > maxBytes ? undefined : packed;
  if (method === DEFLATED) return inflate(packed, maxBytes);
  throw new Error(`'${name}' in it is packed by method ${method}, which is not supported`);
}

/** Stops as soon as there is more than there may be: an archive of a few kilobytes may unpack to gigabytes. */
function inflate(packed: Buffer, maxBytes: number): Buffer | undefined {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

/** The path of an entry, which must not lead out of the directory. */
function inside(directory: string, name: string): string {
  const path = resolve(directory, name);
  if (path !== directory && !path.startsWith(directory + sep)) throw new Error(`'${name}' in it leads out of its directory`);
  return path;
}
