import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, LocalError } from '../errors';
import { readLegacyAssets } from './legacy-assets';
import type { Artifact, FileAsset, Metadata } from './manifest';

/** A CloudFormation template as JSON. */
export interface Template {
  readonly Parameters?: Record<string, { Type?: string; Default?: unknown }>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Conditions?: Record<string, unknown>;
  readonly Resources?: Record<string, TemplateResource>;
  readonly Outputs?: Record<string, { Value?: unknown; Export?: { Name?: unknown }; Condition?: string }>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Condition?: string;
  readonly Metadata?: Record<string, unknown>;
}

/** One stack of the assembly, with what its template needs from outside. */
export interface AssemblyStack {
  /** Unique within the assembly: the artifact ids down to the stack. */
  readonly id: string;
  readonly stackName: string;
  readonly account?: string;
  readonly region?: string;
  readonly template: Template;
  /** File assets by the object key of their (unresolved) destinations. */
  readonly assets: ReadonlyMap<string, FileAsset>;
  /** Values of the parameters that lead to its assets, in assemblies of the legacy synthesizer. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The construct path of a resource, without the trailing `/Resource`. */
  constructPath(logicalId: string): string;
}

/** Reads the stacks of a cloud assembly directory, and after them those of the assemblies nested in it. */
export function readAssembly(directory: string): AssemblyStack[] {
  const root = resolve(directory);
  if (!existsSync(join(root, 'manifest.json'))) {
    const found = existsSync(root) ? 'it has no manifest.json' : 'there is no such directory';
    throw new LocalError(`'${directory}' is not a cloud assembly: ${found}; run \`cdk synth\` first, or pass --app`);
  }
  return readStacks(root, '');
}

/** @param outer the directories of the assemblies in which it is nested */
function readStacks(directory: string, prefix: string, outer: readonly string[] = []): AssemblyStack[] {
  if (outer.includes(directory)) throw new LocalError(`the cloud assembly ${directory} is nested in itself; run \`cdk synth\` again`);
  const file = join(directory, 'manifest.json');
  const artifacts = Object.entries(readJson<{ artifacts?: Record<string, Artifact | null> }>(file).artifacts ?? {})
    .map(([id, artifact]): [string, Artifact] => {
      if (typeof artifact !== 'object' || artifact === null) throw new LocalError(`artifact '${id}' of ${file} must be an object, got ${JSON.stringify(artifact)}; run \`cdk synth\` again`);
      return [id, artifact];
    });
  const assets = readAssets(directory, artifacts.map(([, artifact]) => artifact));
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const nested = artifacts.filter(([, { type, properties }]) => type === 'cdk:cloud-assembly' && properties?.directoryName);
  return [
    ...stacks.map(([id, artifact]) => readStack(directory, `${prefix}${id}`, id, artifact, assets)),
    ...nested.flatMap(([id, { properties }]) => readStacks(join(directory, properties!.directoryName!), `${prefix}${id}/`, [...outer, directory])),
  ];
}

function readStack(directory: string, id: string, artifactId: string, artifact: Artifact, assets: Map<string, FileAsset>): AssemblyStack {
  const template = readTemplate(join(directory, artifact.properties?.templateFile ?? ''));
  const [account, region] = (artifact.environment ?? '').replace('aws://', '').split('/');
  const additional = artifact.additionalMetadataFile ? readJson<Metadata>(join(directory, artifact.additionalMetadataFile)) : {};
  const metadata = { ...artifact.metadata, ...additional };
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
    constructPath: (logicalId) => {
      const path = resourceOf(template, logicalId)?.Metadata?.['aws:cdk:path'] ?? paths.get(logicalId) ?? `${id}/${logicalId}`;
      return String(path).replace(/\/Resource$/, '');
    },
  };
}

function resourceOf({ Resources = {} }: Template, logicalId: string): TemplateResource | undefined {
  return Object.hasOwn(Resources, logicalId) ? Resources[logicalId] : undefined;
}

/** Reads a template, of a stack or of one that is nested in a stack. */
export function readTemplate(path: string): Template {
  return readJson<Template>(path);
}

/** The paths of constructs, for templates that were synthesised without path metadata. */
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

function readJson<T>(path: string): T {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new LocalError(`the cloud assembly is not complete: ${path} is missing; run \`cdk synth\` again`);
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new LocalError(`${path} is not valid JSON (${messageOf(error)}); run \`cdk synth\` again`);
  }
  if (typeof value !== 'object' || value === null) throw new LocalError(`${path} does not hold an object; run \`cdk synth\` again`);
  return value as T;
}
