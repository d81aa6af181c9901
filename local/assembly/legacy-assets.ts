import { resolve } from 'node:path';
import type { FileAsset, Metadata } from './manifest';

/** Asset metadata of stacks without an asset manifest: CDK 1, and the `LegacyStackSynthesizer`. */
interface LegacyAsset {
  readonly path: string;
  readonly packaging: string;
  readonly id: string;
  readonly s3BucketParameter?: string;
  readonly s3KeyParameter?: string;
  readonly artifactHashParameter?: string;
}

export interface LegacyAssets {
  readonly assets: ReadonlyMap<string, FileAsset>;
  /** Parameter values that the CDK CLI would pass. */
  readonly parameters: Readonly<Record<string, string>>;
}

export function readLegacyAssets(directory: string, metadata: Metadata): LegacyAssets {
  const assets = new Map<string, FileAsset>();
  const parameters: Record<string, string> = {};
  for (const { type, data } of Object.values(metadata).flat()) {
    if (type !== 'aws:cdk:asset') continue;
    const { path, packaging, id, s3BucketParameter, s3KeyParameter, artifactHashParameter } = data as LegacyAsset;
    if (s3KeyParameter === undefined) continue; // an image
    const extension = packaging === 'zip' ? '.zip' : /\.[^./\\]+$/.exec(path)?.[0] ?? '';
    const key = `${id}${extension}`;
    assets.set(key, { path: resolve(directory, path), packaging: packaging === 'zip' ? 'zip' : 'file' });
    // Form of the value: a prefix, empty here, and the key after it.
    parameters[s3KeyParameter] = `||${key}`;
    if (s3BucketParameter) parameters[s3BucketParameter] = 'legacy-assets';
    if (artifactHashParameter) parameters[artifactHashParameter] = id;
  }
  return { assets, parameters };
}
