import { readCode, type CodeModel } from './code';
import { programOf } from './programs';
import { cut, formatValue } from '../errors';
import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';
import { Unavailable } from '../template/unavailable';

/** A Lambda function that can be run here. */
export interface FunctionModel {
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly runtime: string;
  /** Program that runs the function. */
  readonly program: string;
  readonly handler: string;
  /** The same for the same code, including layers. */
  readonly codeId: string;
  /** Directory of its code, ready to be loaded. */
  readonly directory: string;
  /** Directories of its layers, in the order of the search. */
  readonly layers: readonly string[];
  /** ARNs of layers outside the app, or without code. */
  readonly unknownLayers: readonly string[];
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** Most environments that may be busy at once. */
  readonly concurrency: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that cannot be set, with the reason for each. */
  readonly unknownVariables: Readonly<Record<string, string>>;
}

interface LayerModel extends CodeModel {
  readonly arn: string;
}

/** Concurrency of a new AWS account for all its functions; further invocations wait here. */
const DEFAULT_CONCURRENCY = 10;

/**
 * Reads a function, or returns the reason for which it cannot run here.
 *
 * @param scopes all stacks: layers may be in another one
 */
export async function readFunction(
  scope: StackScope, resource: StackResource, scopes: readonly StackScope[], scratch: string,
): Promise<FunctionModel | string> {
  const { logicalId, path } = resource;
  const properties = new Properties(scope, resource);
  if (properties.text('PackageType') === 'Image') return 'functions from container images are not emulated';
  const runtime = properties.requiredText('Runtime');
  const runs = programOf(runtime);
  if (typeof runs === 'string') return runs;
  const variables = readVariables(scope, logicalId);
  const identity = scope.identity(logicalId);
  const code = await readCode(scope, resource, 'Code', scratch);
  const layerArns = properties.texts('Layers');
  const layers = await readLayers(scopes, layerArns, scratch);
  return {
    path,
    name: identity.ref,
    arn: identity.attributes.Arn,
    region: scope.environment.region,
    runtime,
    program: runs.program,
    handler: properties.requiredText('Handler'),
    codeId: [code, ...layers].map(({ id }) => id).join(),
    directory: code.directory,
    layers: layers.map(({ directory }) => directory),
    unknownLayers: layerArns.filter((arn) => !layers.some((layer) => layer.arn === arn)),
    timeoutSeconds: properties.number('Timeout') ?? 3,
    memoryMegabytes: properties.number('MemorySize') ?? 128,
    concurrency: Math.max(1, properties.number('ReservedConcurrentExecutions') ?? DEFAULT_CONCURRENCY),
    variables: variables.known,
    unknownVariables: variables.unknown,
  };
}

interface Variables {
  readonly known: Readonly<Record<string, string>>;
  /** Reason for each variable that is not set. */
  readonly unknown: Readonly<Record<string, string>>;
}

/** Reads each variable of the environment on its own. */
function readVariables(scope: StackScope, logicalId: string): Variables {
  const { value, failures } = scope.read(logicalId, 'Environment');
  const { Variables: known = {} } = (value ?? {}) as { readonly Variables?: Readonly<Record<string, unknown>> };
  const strange = Object.entries(known).filter(([, each]) => typeof each === 'object');
  const unknown = Object.entries(failures).map(([where, why]) => [cut(where.replace(/^\.Variables\./, '')) || 'Environment', why] as const);
  return {
    known: Object.fromEntries(Object.entries(known).filter(([, each]) => typeof each !== 'object').map(([name, each]) => [name, String(each)])),
    unknown: Object.fromEntries([...unknown, ...strange.map(([name, each]) => [name, `it must be a string, got ${formatValue(each)}`] as const)]),
  };
}

/** Reads the layers in the app; the last layer of a function comes first. */
async function readLayers(scopes: readonly StackScope[], arns: readonly string[], scratch: string): Promise<LayerModel[]> {
  const resources = scopes.flatMap((scope) => scope.resources().map((layer) => ({ scope, layer }))).filter(({ layer }) => layer.type === 'AWS::Lambda::LayerVersion');
  const layers: LayerModel[] = [];
  // One after another: two of them may share an archive.
  for (const arn of arns) {
    const found = resources.find(({ scope, layer }) => scope.identity(layer.logicalId).ref === arn);
    const code = found && await readLayer(found.scope, found.layer, scratch);
    if (code) layers.unshift({ arn, ...code });
  }
  return layers;
}

async function readLayer(scope: StackScope, layer: StackResource, scratch: string): Promise<CodeModel | undefined> {
  try {
    return await readCode(scope, layer, 'Content', scratch);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    scope.fail(layer.logicalId, 'Content', error.message);
    return undefined;
  }
}
