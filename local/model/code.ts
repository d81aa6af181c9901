import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unzip } from '../assembly/zip';
import { LocalError, messageOf } from '../errors';
import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';
import { Unavailable } from '../template/unavailable';

/** Code of a function or a layer, ready to be loaded. */
export interface CodeModel {
  /** The same for the same code. */
  readonly id: string;
  readonly directory: string;
}

/**
 * Reads the code of a function or a layer.
 *
 * @param property property with the location: `Code` of a function, `Content` of a layer
 * @param scratch directory for code that is inline or packed
 */
export async function readCode(scope: StackScope, resource: StackResource, property: 'Code' | 'Content', scratch: string): Promise<CodeModel> {
  const { path } = resource;
  // Only these two properties matter of those that cannot be resolved.
  const { ZipFile, S3Key } = new Properties(scope, resource).object(property) ?? {};
  if (ZipFile === undefined && S3Key === undefined) throw new Unavailable(`its ${property} says nowhere where its code is`);
  if (ZipFile !== undefined) return inlineCode(scope, resource, String(ZipFile), scratch);
  const key = String(S3Key);
  const asset = scope.stack.assets.get(key);
  if (!asset) throw new Unavailable(`its code is not an asset of the cloud assembly (S3 key '${key}')`);
  if (!existsSync(asset.path)) {
    throw new LocalError(`the code of ${path} is missing: ${asset.path} does not exist; build the bundle if you have not, then synthesise again`);
  }
  // Keys of assets are hashes of their content.
  return { id: key, directory: statSync(asset.path).isDirectory() ? asset.path : await unpacked(asset.path, key, path, scratch) };
}

function inlineCode(scope: StackScope, { logicalId }: StackResource, text: string, scratch: string): CodeModel {
  const id = createHash('sha256').update(text).digest('hex');
  // Functions of two regions may have the same name.
  const directory = join(scratch, `${scope.identity(logicalId).ref}-${id.slice(0, 16)}`);
  mkdirSync(directory, { recursive: true });
  const isPython = String(scope.property(logicalId, 'Runtime')).startsWith('python');
  writeFileSync(join(directory, isPython ? 'index.py' : 'index.js'), text);
  return { id, directory };
}

async function unpacked(file: string, key: string, path: string, scratch: string): Promise<string> {
  const directory = resolve(scratch, `unzipped-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`);
  // Several functions may share one.
  if (existsSync(directory)) return directory;
  try {
    await unzip(file, directory);
  } catch (error) {
    // Another function with the same code must not find half of it.
    rmSync(directory, { recursive: true, force: true });
    throw new LocalError(`the code of ${path} cannot be unpacked: ${file}: ${messageOf(error).replace(/\.$/, '')}; use an asset made of a directory or a zip file`);
  }
  return directory;
}
