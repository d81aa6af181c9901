import type { AssemblyStack, TemplateResource } from '../assembly/assembly';
import { LocalError, messageOf } from '../errors';
import { identify, type Environment, type Identity } from './identities';
import { NO_VALUE, resolveValue, type Scope } from './intrinsics';

/** Where stacks without an environment of their own are taken to be. */
export interface DefaultEnvironment {
  readonly account: string;
  readonly region: string;
}

/** A resource whose condition holds. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly path: string;
}

/** Answers what CloudFormation would answer about one stack. Values are resolved only when they are asked for. */
export class StackScope implements Scope {
  readonly environment: Environment;
  private readonly identities = new Map<string, Identity>();
  private readonly resolving = new Set<string>();

  constructor(readonly stack: AssemblyStack, defaults: DefaultEnvironment, private readonly exports: (name: string) => unknown) {
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

  ref(logicalId: string): unknown {
    if (logicalId.startsWith('AWS::')) return this.pseudoParameter(logicalId);
    const parameter = this.stack.template.Parameters?.[logicalId];
    if (parameter === undefined) return this.identity(logicalId).ref;
    if (parameter.Type?.startsWith('AWS::SSM::Parameter::')) throw new Error(`parameter '${logicalId}' is read from SSM, which needs AWS`);
    if (parameter.Default === undefined) throw new Error(`parameter '${logicalId}' has no default`);
    return /List/.test(parameter.Type ?? '') ? String(parameter.Default).split(',') : parameter.Default;
  }

  attribute(logicalId: string, attribute: string): unknown {
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
    return this.exports(name);
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

/** One scope for each stack, able to import what the others export. */
export function createScopes(stacks: readonly AssemblyStack[], defaults: DefaultEnvironment): StackScope[] {
  const exported = new Map<string, () => unknown>();
  const importValue = (name: string) => {
    const value = exported.get(name);
    if (!value) throw new Error(`no stack of the assembly exports '${name}'`);
    return value();
  };
  const scopes = stacks.map((stack) => new StackScope(stack, defaults, importValue));
  for (const scope of scopes) {
    for (const [name, value] of scope.exportedOutputs()) exported.set(name, value);
  }
  return scopes;
}
