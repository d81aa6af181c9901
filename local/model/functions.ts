import { readCode, type CodeModel } from './code';
import { programOf } from './programs';
import type { StackResource, StackScope } from '../template/stack-scope';

/** A Lambda function that can be run here. */
export interface FunctionModel {
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly runtime: string;
  /** The program that runs it. */
  readonly program: string;
  readonly handler: string;
  /** The same for the same code, that of layers included. */
  readonly codeId: string;
  /** Where its code is, ready to be loaded. */
  readonly directory: string;
  /** Where its layers are, the ones that come first in a search first. */
  readonly layers: readonly string[];
  /** ARNs of layers that are not in its stack. */
  readonly unknownLayers: readonly string[];
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** How many of its environments may be busy at once. */
  readonly concurrency: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that are not set, and why each cannot be. */
  readonly unknownVariables: Readonly<Record<string, string>>;
}

/** As many as a fresh AWS account has for all its functions; further invocations wait here. */
const DEFAULT_CONCURRENCY = 10;

/** A function of the template, or why it cannot be run here. */
export function readFunction(scope: StackScope, resource: StackResource, scratch: string): FunctionModel | string {
  const { logicalId, path } = resource;
  const property = (name: string) => scope.property(logicalId, name);
  const runtime = String(property('Runtime') ?? '');
  if (property('PackageType') === 'Image') return 'functions from container images are not emulated';
  const runs = programOf(runtime);
  if (typeof runs === 'string') return runs;
  const variables = scope.members(logicalId, 'Environment', 'Variables');
  const identity = scope.identity(logicalId);
  const code = readCode(scope, resource, 'Code', scratch);
  const layerArns = (property('Layers') ?? []) as string[];
  const layers = readLayers(scope, layerArns, scratch);
  return {
    path,
    name: identity.ref,
    arn: identity.attributes.Arn,
    region: scope.environment.region,
    runtime,
    program: runs.program,
    handler: String(property('Handler') ?? ''),
    codeId: [code, ...layers].map(({ id }) => id).join(),
    directory: code.directory,
    layers: layers.map(({ directory }) => directory),
    unknownLayers: layerArns.filter((arn) => !layers.some((layer) => layer.arn === arn)),
    timeoutSeconds: Number(property('Timeout') ?? 3),
    memoryMegabytes: Number(property('MemorySize') ?? 128),
    concurrency: Math.max(1, Number(property('ReservedConcurrentExecutions') ?? DEFAULT_CONCURRENCY)),
    variables: Object.fromEntries(Object.entries(variables.resolved).map(([name, value]) => [name, String(value)])),
    unknownVariables: variables.unresolved,
  };
}

/** The layers that are in the stack; the last one of a function comes first. */
function readLayers(scope: StackScope, arns: readonly string[], scratch: string): (CodeModel & { readonly arn: string })[] {
  const resources = scope.resources().filter(({ type }) => type === 'AWS::Lambda::LayerVersion');
  return arns.flatMap((arn) => resources
    .filter(({ logicalId }) => scope.identity(logicalId).ref === arn)
    .map((resource) => ({ arn, ...readCode(scope, resource, 'Content', scratch) })))
    .reverse();
}
