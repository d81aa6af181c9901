import { readTemplate, type AssemblyStack, type TemplateResource } from '../assembly/assembly';
import { LocalError, messageOf } from '../errors';
import { identify, type Environment, type Identity } from './identities';
import { NO_VALUE, resolveValue, type Scope } from './intrinsics';

/** Where stacks without an environment of their own are taken to be. */
export interface DefaultEnvironment {
  readonly account: string;
  readonly region: string;
}

/** What a stack reads of the others. */
export interface Others {
  readonly exported: (name: string) => unknown;
  readonly output: (stackName: string, region: string, outputName: string) => unknown;
}

const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** A resource whose condition holds. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly path: string;
}

export interface Members {
  readonly resolved: Readonly<Record<string, unknown>>;
  /** Why each of the others cannot be resolved. */
  readonly unresolved: Readonly<Record<string, string>>;
}

/** Answers what CloudFormation would answer about one stack. Values are resolved only when they are asked for. */
export class StackScope implements Scope {
  readonly environment: Environment;
  private readonly identities = new Map<string, Identity>();
  private readonly resolving = new Set<string>();
  private nestedScopes?: ReadonlyMap<string, StackScope>;

  /** @param given the value of a parameter, where it is not the default */
  constructor(
    readonly stack: AssemblyStack,
    private readonly defaults: DefaultEnvironment,
    private readonly others: Others,
    private readonly given: (parameter: string) => unknown = () => undefined,
    /** The templates of the nested stacks around it, its own included. */
    private readonly templates: readonly string[] = [],
  ) {
    const region = stack.region ?? defaults.region;
    const account = stack.account ?? defaults.account;
    const china = region.startsWith('cn-');
    const partition = china ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
    this.environment = {
      account,
      region,
      partition,
      urlSuffix: china ? 'amazonaws.com.cn' : 'amazonaws.com',
      stackName: stack.stackName,
      stackId: `arn:${partition}:cloudformation:${region}:${account}:stack/${stack.stackName}/local`,
    };
  }

  /** The stacks that are nested in it, by their logical ids. */
  get nested(): ReadonlyMap<string, StackScope> {
    const stacks = () => this.resources().filter(({ type }) => type === NESTED_STACK);
    this.nestedScopes ??= new Map(stacks().map((resource) => [resource.logicalId, this.nest(resource)]));
    return this.nestedScopes;
  }

  resources(): StackResource[] {
    return Object.entries(this.stack.template.Resources ?? {})
      .filter(([logicalId, resource]) => resource.Condition === undefined || this.exists(logicalId, resource.Condition))
      .map(([logicalId, resource]) => ({ logicalId, type: resource.Type, path: this.stack.constructPath(logicalId) }));
  }

  /** A property of a resource, with everything in it resolved; undefined when it is absent. */
  property(logicalId: string, name: string): unknown {
    const value = this.resource(logicalId).Properties?.[name];
    try {
      const resolved = resolveValue(value, this);
      return resolved === NO_VALUE ? undefined : resolved;
    } catch (error) {
      if (error instanceof LocalError) throw error;
      throw new LocalError(`cannot resolve '${name}' of ${this.stack.constructPath(logicalId)}: ${messageOf(error)}`);
    }
  }

  /** The members of an object in a property, such as the variables of an environment, each by itself. */
  members(logicalId: string, property: string, member: string): Members {
    const raw = (this.resource(logicalId).Properties?.[property] as Record<string, unknown> | undefined)?.[member];
    if (typeof raw !== 'object' || raw === null || Object.keys(raw).some((key) => key.startsWith('Fn::'))) {
      const whole = this.property(logicalId, property) as Record<string, Members['resolved'] | undefined> | undefined;
      return { resolved: whole?.[member] ?? {}, unresolved: {} };
    }
    const resolved: Record<string, unknown> = {};
    const unresolved: Record<string, string> = {};
    for (const [key, value] of Object.entries(raw)) {
      try {
        const result = resolveValue(value, this);
        if (result !== NO_VALUE) resolved[key] = result;
      } catch (error) {
        unresolved[key] = messageOf(error);
      }
    }
    return { resolved, unresolved };
  }

  identity(logicalId: string): Identity {
    const known = this.identities.get(logicalId);
    if (known) return known;
    if (this.resolving.has(logicalId)) throw new Error(`${logicalId} refers to itself`);
    this.resolving.add(logicalId);
    const property = (name: string) => this.property(logicalId, name);
    const identity = identify(this.stack.id, logicalId, this.resource(logicalId), this.environment, property);
    this.resolving.delete(logicalId);
    this.identities.set(logicalId, identity);
    return identity;
  }

  /** The outputs that other stacks import, by the name under which they are exported. */
  exportedOutputs(): Map<string, () => unknown> {
    const exported = new Map<string, () => unknown>();
    for (const output of Object.values(this.stack.template.Outputs ?? {})) {
      if (output.Export === undefined) continue;
      try {
        exported.set(String(resolveValue(output.Export.Name, this)), () => resolveValue(output.Value, this));
      } catch {
        // Whoever imports it will be told that nobody exports it.
      }
    }
    return exported;
  }

  /** An output, as another stack reads it. */
  output(name: string): unknown {
    const output = this.stack.template.Outputs?.[name];
    if (output === undefined) throw new Error(`the stack ${this.stack.id} has no output '${name}'`);
    return resolveValue(output.Value, this);
  }

  ref(logicalId: string): unknown {
    if (logicalId.startsWith('AWS::')) return this.pseudoParameter(logicalId);
    const parameter = this.stack.template.Parameters?.[logicalId];
    if (parameter === undefined) return this.identity(logicalId).ref;
    const given = this.given(logicalId);
    if (given !== undefined) return parameterValue(parameter, given);
    if (parameter.Type?.startsWith('AWS::SSM::Parameter::')) throw new Error(`parameter '${logicalId}' is read from SSM, which needs AWS`);
    if (parameter.Default === undefined) throw new Error(`parameter '${logicalId}' has no default`);
    return parameterValue(parameter, parameter.Default);
  }

  attribute(logicalId: string, attribute: string): unknown {
    const [, output] = /^Outputs\.(.+)$/.exec(attribute) ?? [];
    if (output !== undefined && this.nested.has(logicalId)) return this.nested.get(logicalId)!.output(output);
    const value = this.identity(logicalId).attributes[attribute];
    if (value === undefined) {
      throw new Error(`attribute '${attribute}' of ${this.stack.constructPath(logicalId)} (${this.resource(logicalId).Type}) is known only on AWS`);
    }
    return value;
  }

  condition(name: string): boolean {
    const condition = this.stack.template.Conditions?.[name];
    if (condition === undefined) throw new Error(`there is no condition '${name}'`);
    return resolveValue(condition, this) === true;
  }

  mapping(map: string, topKey: string, secondKey: string): unknown {
    const value = this.stack.template.Mappings?.[map]?.[topKey]?.[secondKey];
    if (value === undefined) throw new Error(`mapping '${map}' has no value for '${topKey}', '${secondKey}'`);
    return value;
  }

  importValue(name: string): unknown {
    return this.others.exported(name);
  }

  stackOutput(stackName: string, outputName: string, region = this.environment.region): unknown {
    return this.others.output(stackName, region, outputName);
  }

  private nest({ logicalId, path }: StackResource): StackScope {
    const key = String(this.property(logicalId, 'TemplateURL')).split('/').pop()!;
    const asset = this.stack.assets.get(key);
    if (!asset) throw new LocalError(`the template of ${path} is not an asset of the cloud assembly: ${key}`);
    if (this.templates.includes(asset.path)) throw new LocalError(`the template of ${path} is that of a stack in which it is nested: ${key}`);
    const template = readTemplate(asset.path);
    const stackName = `${this.stack.stackName}-${logicalId}`;
    const constructPath = (id: string) => String(template.Resources?.[id]?.Metadata?.['aws:cdk:path'] ?? `${path}/${id}`).replace(/\/Resource$/, '');
    const given = (parameter: string) => (this.property(logicalId, 'Parameters') as Record<string, unknown> | undefined)?.[parameter];
    const stack = { ...this.stack, id: `${this.stack.id}/${logicalId}`, stackName, template, constructPath };
    return new StackScope(stack, this.defaults, this.others, given, [...this.templates, asset.path]);
  }

  private exists(logicalId: string, condition: string): boolean {
    try {
      return this.condition(condition);
    } catch (error) {
      throw new LocalError(`cannot resolve the condition '${condition}' of ${this.stack.constructPath(logicalId)}: ${messageOf(error)}`);
    }
  }

  private resource(logicalId: string): TemplateResource {
    const resource = this.stack.template.Resources?.[logicalId];
    if (resource === undefined) throw new Error(`there is no resource or parameter '${logicalId}'`);
    return resource;
  }

  private pseudoParameter(name: string): unknown {
    const { account, region, partition, urlSuffix, stackId, stackName } = this.environment;
    switch (name) {
      case 'AWS::AccountId': return account;
      case 'AWS::Region': return region;
      case 'AWS::Partition': return partition;
      case 'AWS::URLSuffix': return urlSuffix;
      case 'AWS::StackId': return stackId;
      case 'AWS::StackName': return stackName;
      case 'AWS::NotificationARNs': return [];
      case 'AWS::NoValue': return NO_VALUE;
      default: throw new Error(`there is no pseudo parameter '${name}'`);
    }
  }
}

function parameterValue({ Type = '' }: { readonly Type?: string }, value: unknown): unknown {
  return /List/.test(Type) && !Array.isArray(value) ? String(value).split(',') : value;
}

/** One scope for each stack, those that are nested in it after it, able to import what the others export. */
export function createScopes(stacks: readonly AssemblyStack[], defaults: DefaultEnvironment): StackScope[] {
  const exported = new Map<string, () => unknown>();
  const others: Others = {
    exported: (name) => {
      const value = exported.get(name);
      if (!value) throw new Error(`no stack of the assembly exports '${name}'`);
      return value();
    },
    output: (stackName, region, outputName) => {
      const scope = roots.find(({ environment }) => environment.stackName === stackName && environment.region === region);
      if (!scope) throw new Error(`there is no stack '${stackName}' in ${region} in the assembly`);
      return scope.output(outputName);
    },
  };
  const roots = stacks.map((stack) => new StackScope(stack, defaults, others));
  const scopes = roots.flatMap(withNested);
  for (const scope of scopes) {
    for (const [name, value] of scope.exportedOutputs()) exported.set(name, value);
  }
  return scopes;
}

function withNested(scope: StackScope): StackScope[] {
  return [scope, ...[...scope.nested.values()].flatMap(withNested)];
}
