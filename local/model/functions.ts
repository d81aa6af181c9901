import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalError } from '../errors';
import type { StackResource, StackScope } from '../template/stack-scope';

/** A Lambda function that can be run here. */
export interface FunctionModel {
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly runtime: string;
  readonly handler: string;
  /** The same for the same code. */
  readonly codeId: string;
  /** Where its code is, ready to be required. */
  readonly directory: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** How many of its environments may be busy at once. */
  readonly concurrency: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** As many as a fresh AWS account has for all its functions; further invocations wait here. */
const DEFAULT_CONCURRENCY = 10;

/** A function of the template, or why it cannot be run here. */
export function readFunction(scope: StackScope, resource: StackResource, scratch: string): FunctionModel | string {
  const { logicalId, path } = resource;
  const property = (name: string) => scope.property(logicalId, name);
  const runtime = String(property('Runtime') ?? '');
  if (property('PackageType') === 'Image') return 'functions from container images are not emulated';
  if (!runtime.startsWith('nodejs')) return `runtime ${runtime || 'unknown'} is not emulated (only nodejs is)`;
  const { Variables = {} } = (property('Environment') ?? {}) as { Variables?: Record<string, unknown> };
  const identity = scope.identity(logicalId);
  return {
    path,
    name: identity.ref,
    arn: identity.attributes.Arn,
    region: scope.environment.region,
    runtime,
    handler: String(property('Handler') ?? ''),
    codeId: codeIdOf(scope, resource),
    directory: codeDirectory(scope, resource, scratch),
    timeoutSeconds: Number(property('Timeout') ?? 3),
    memoryMegabytes: Number(property('MemorySize') ?? 128),
    concurrency: Math.max(1, Number(property('ReservedConcurrentExecutions') ?? DEFAULT_CONCURRENCY)),
    variables: Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, String(value)])),
  };
}

/** Keys of assets are made of what is in them. */
function codeIdOf(scope: StackScope, { logicalId }: StackResource): string {
  const code = scope.property(logicalId, 'Code') as { ZipFile?: string; S3Key?: string } | undefined;
  return code?.ZipFile === undefined ? code?.S3Key ?? '' : createHash('sha256').update(code.ZipFile).digest('hex');
}

function codeDirectory(scope: StackScope, { logicalId, path }: StackResource, scratch: string): string {
  const code = (scope.property(logicalId, 'Code') ?? {}) as { ZipFile?: string; S3Bucket?: string; S3Key?: string };
  if (code.ZipFile !== undefined) {
    const directory = join(scratch, scope.identity(logicalId).ref);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.js'), code.ZipFile);
    return directory;
  }
  const asset = scope.stack.assets.get(code.S3Key ?? '');
  if (!asset) throw new LocalError(`the code of ${path} is not an asset of the cloud assembly (S3 key '${code.S3Key}'); it cannot be run here`);
  if (!existsSync(asset.path)) {
    throw new LocalError(`the code of ${path} is missing: ${asset.path} does not exist; build the bundle if you have not, then synthesise again`);
  }
  if (!statSync(asset.path).isDirectory()) throw new LocalError(`the code of ${path} is not a directory: ${asset.path}; use an asset made of a directory`);
  return asset.path;
}
