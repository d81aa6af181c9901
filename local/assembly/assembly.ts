import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatValue, LocalError } from '../errors';
import { readAnnotations, type Annotation } from './annotations';
import { readJson } from './json';
import { readLegacyAssets } from './legacy-assets';
import type { Artifact, FileAsset, Metadata } from './manifest';
import { readTemplate, type Template, type TemplateResource } from './template';
import { isObject, own } from '../objects';

/** One stack of the assembly, with the files and parameters that its template refers to. */
export interface AssemblyStack {
  /** Unique within the assembly: the artifact ids down to the stack. */
  readonly id: string;
  readonly stackName: string;
  readonly account?: string;
  readonly region?: string;
  readonly template: Template;
  /** File assets by the object key of their destinations, unresolved. */
  readonly assets: ReadonlyMap<string, FileAsset>;
  /** Values of the asset parameters, in assemblies of the legacy synthesizer. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Warnings and errors of its constructs. */
  readonly annotations: readonly Annotation[];
  /** The construct path of a resource, without the trailing `/Resource`. */
  constructPath(logicalId: string): string;
}

/** Reads the stacks of a cloud assembly directory, then those of nested assemblies. */
export function readAssembly(directory: string): AssemblyStack[] {
  const root = resolve(directory);
  if (!existsSync(join(root, 'manifest.json'))) {
    const found = existsSync(root) ? 'it has no manifest.json' : 'there is no such directory';
    throw new LocalError(`'${directory}' is not a cloud assembly: ${found}; run \`cdk synth\` first, or pass --app`);
  }
  return readStacks(root, '');
}

/** @param outer directories of the enclosing assemblies, with links resolved */
function readStacks(directory: string, prefix: string, outer: readonly string[] = []): AssemblyStack[] {
  const file = join(directory, 'manifest.json');
  const place = existsSync(directory) ? realpathSync(directory) : directory;
  if (outer.includes(place)) throw new LocalError(`the cloud assembly ${directory} is nested in itself; run \`cdk synth\` again`);
  const artifacts = Object.entries(readJson<{ artifacts?: Record<string, Artifact | null> }>(file).artifacts ?? {})
    .map(([id, artifact]): [string, Artifact] => {
      if (typeof artifact !== 'object' || artifact === null) throw new LocalError(`artifact '${id}' of ${file} must be an object, got ${formatValue(artifact)}; run \`cdk synth\` again`);
      return [id, artifact];
    });
  const assets = readAssets(directory, artifacts.map(([, artifact]) => artifact));
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const nested = artifacts.filter(([, { type, properties }]) => type === 'cdk:cloud-assembly' && properties?.directoryName);
  return [
    ...stacks.map(([id, artifact]) => readStack(directory, `${prefix}${id}`, id, artifact, assets)),
    ...nested.flatMap(([id, { properties }]) => readStacks(join(directory, properties!.directoryName!), `${prefix}${id}/`, [...outer, place])),
  ];
}

function readStack(directory: string, id: string, artifactId: string, artifact: Artifact, assets: Map<string, FileAsset>): AssemblyStack {
  const template = readTemplate(join(directory, artifact.properties?.templateFile ?? ''));
  const [account, region] = (artifact.environment ?? '').replace('aws://', '').split('/');
  const additional = artifact.additionalMetadataFile ? readJson<Metadata>(join(directory, artifact.additionalMetadataFile)) : {};
  const metadata = mergeMetadata([artifact.metadata ?? {}, additional]);
  const paths = pathsByLogicalId(metadata);
  const legacy = readLegacyAssets(directory, metadata);
  return {
    id,
    stackName: artifact.properties?.stackName ?? artifactId,
    account: account === 'unknown-account' ? undefined : account,
    region: region === 'unknown-region' ? undefined : region,
    template,
    assets: new Map([...assets, ...legacy.assets]),
    parameters: legacy.parameters,
    annotations: readAnnotations(metadata),
    constructPath: (logicalId) => {
      const noted = resourceOf(template, logicalId)?.Metadata?.['aws:cdk:path'];
      const path = typeof noted === 'string' ? noted : paths.get(logicalId) ?? `${id}/${logicalId}`;
      return path.replace(/\/Resource$/, '');
    },
  };
}

/** Of one construct, both may have entries. What is no list of objects, the CDK did not write. */
function mergeMetadata(parts: readonly Metadata[]): Metadata {
  const merged = new Map<string, Metadata[string]>();
  for (const [path, entries] of parts.flatMap((part) => Object.entries(part))) {
    if (Array.isArray(entries)) merged.set(path, [...merged.get(path) ?? [], ...entries.filter(isObject)]);
  }
  return Object.fromEntries(merged);
}

function resourceOf({ Resources = {} }: Template, logicalId: string): TemplateResource | undefined {
  return own(Resources, logicalId);
}

/** Returns the construct paths for templates that were synthesised without path metadata. */
function pathsByLogicalId(metadata: Metadata): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [path, entries] of Object.entries(metadata)) {
    for (const entry of entries) {
      if (entry.type === 'aws:cdk:logicalId') paths.set(String(entry.data), path.replace(/^\//, ''));
    }
  }
  return paths;
}

interface AssetManifest {
  readonly files?: Record<string, {
    readonly source: { readonly path?: string; readonly packaging?: 'zip' | 'file' };
    readonly destinations: Record<string, { readonly objectKey: string }>;
  }>;
}

function readAssets(directory: string, artifacts: Artifact[]): Map<string, FileAsset> {
  const assets = new Map<string, FileAsset>();
  for (const { type, properties } of artifacts) {
    if (type !== 'cdk:asset-manifest' || !properties?.file) continue;
    const manifest = readJson<AssetManifest>(join(directory, properties.file));
    for (const { source, destinations } of Object.values(manifest.files ?? {})) {
      if (source.path === undefined) continue;
      const asset: FileAsset = { path: resolve(directory, source.path), packaging: source.packaging ?? 'file' };
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, asset);
    }
  }
  return assets;
}
