import { resolve } from 'node:path';
import type { FileAsset, Metadata } from './manifest';

/** What the CDK writes of an asset where it has no asset manifest: in CDK 1, and with the `LegacyStackSynthesizer`. */
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
  /** What the CDK CLI would pass for them. */
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
    // A prefix, which there is none of, and the key after it.
    parameters[s3KeyParameter] = `||${key}`;
    if (s3BucketParameter) parameters[s3BucketParameter] = 'legacy-assets';
    if (artifactHashParameter) parameters[artifactHashParameter] = id;
  }
  return { assets, parameters };
}
