import { crossRegionExport, exportsOf } from './cross-region';
import { identify, stackIdOf } from './identities';
import type { Environment, Identity } from './identity';
import { NO_VALUE, reasonOf, resolveMost, resolveValue, type Scope } from './intrinsics';
import { partitionOf } from './partitions';
import type { StoredValues } from './stored-values';
import { Unavailable } from './unavailable';
import type { AssemblyStack } from '../assembly/assembly';
import { readTemplate, type TemplateResource } from '../assembly/template';
import { cut } from '../errors';
import { own } from '../objects';

/** Account and region of stacks that do not name them. */
export interface DefaultEnvironment {
  readonly account: string;
  readonly region: string;
}

/** Values from other stacks. */
export interface Others {
  readonly exported: (name: string) => unknown;
  readonly output: (stackName: string, region: string, outputName: string) => unknown;
  /** Returns the value that a stack of another region exports by a custom resource. */
  readonly crossRegion: (name: string) => unknown;
  readonly stored: StoredValues;
}

const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** A resource whose condition holds. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly path: string;
}

/** A property of a resource, resolved as far as possible. */
export interface Resolved {
  /** Undefined when it is absent, or cannot be resolved at all. */
  readonly value: unknown;
  /** Reasons for missing parts, by path: `.Variables.TABLE`, or an empty path for the whole value. */
  readonly failures: Readonly<Record<string, string>>;
}

/** Evaluates one stack like CloudFormation. Values are resolved only on demand. */
export class StackScope implements Scope {
  readonly environment: Environment;
  private readonly identities = new Map<string, Identity>();
  private readonly resolving = new Set<string>();
  /** Values that could not be resolved so far, with the reasons: `Stack/Queue: its QueueName`. */
  private readonly failed = new Map<string, string>();
  private nestedScopes?: ReadonlyMap<string, StackScope>;

  /** @param given returns a parameter's value if it is not the default */
  constructor(
    readonly stack: AssemblyStack,
    private readonly defaults: DefaultEnvironment,
    private readonly others: Others,
    private readonly given: (parameter: string) => unknown = () => undefined,
    /** Templates of the enclosing stacks and of this one. */
    private readonly templates: readonly string[] = [],
  ) {
    const region = stack.region ?? defaults.region;
    const account = stack.account ?? defaults.account;
    const { name: partition, urlSuffix } = partitionOf(region);
    const { stackName } = stack;
    this.environment = { account, region, partition, urlSuffix, stackName, stackId: stackIdOf({ account, region, partition, stackName }) };
  }

  /** One sentence for each requested property, and each condition, that cannot be resolved. */
  get failures(): string[] {
    return [...this.failed].map(([what, why]) => `${what} cannot be resolved: ${why}`);
  }

  /** Nested stacks by logical id. */
  get nested(): ReadonlyMap<string, StackScope> {
    if (this.nestedScopes) return this.nestedScopes;
    const nested = new Map<string, StackScope>();
    this.nestedScopes = nested;
    for (const resource of this.resources().filter(({ type }) => type === NESTED_STACK)) {
      try {
        nested.set(resource.logicalId, this.nest(resource));
      } catch (error) {
        this.failed.set(`${resource.path}: the nested stack`, reasonOf(error));
      }
    }
    return nested;
  }

  /** Returns the resources; one with an unknown condition is left out. */
  resources(): StackResource[] {
    return Object.entries(this.stack.template.Resources ?? {})
      .filter(([logicalId, resource]) => resource.Condition === undefined || this.exists(logicalId, resource.Condition))
      .map(([logicalId, resource]) => ({ logicalId, type: String(resource.Type), path: this.stack.constructPath(logicalId) }));
  }

  /** Returns a property without the parts that cannot be resolved; {@link failures} lists them. */
  property(logicalId: string, name: string): unknown {
    const { value, failures } = this.read(logicalId, name);
    for (const [where, why] of Object.entries(failures)) this.fail(logicalId, name + where, why);
    return value;
  }

  /** Records a problem with a resolved property. */
  fail(logicalId: string, property: string, why: string): void {
    this.failed.set(`${this.stack.constructPath(logicalId)}: its ${cut(property)}`, why);
  }

  /** @throws Unavailable when a property is absent, or cannot be resolved as a whole */
  required(logicalId: string, name: string): unknown {
    const { value, failures } = this.read(logicalId, name);
    const [failure] = Object.entries(failures);
    if (failure) throw new Unavailable(`its ${cut(name + failure[0])} cannot be resolved: ${failure[1]}`);
    if (value === undefined) throw new Unavailable(`it has no ${name}`);
    return value;
  }

  read(logicalId: string, name: string): Resolved {
    const failures: Record<string, string> = {};
    const properties = this.resource(logicalId).Properties ?? {};
    const resolved = resolveMost(own(properties, name), this, (where, why) => { failures[where] = why; });
    return { value: resolved === NO_VALUE ? undefined : resolved, failures };
  }

  identity(logicalId: string): Identity {
    const known = this.identities.get(logicalId);
    if (known) return known;
    if (this.resolving.has(logicalId)) throw new Error(`${logicalId} refers to itself`);
    this.resolving.add(logicalId);
    const property = (name: string) => this.property(logicalId, name);
    let identity: Identity;
    try {
      identity = identify(this.stack.id, logicalId, this.resource(logicalId), this.environment, property);
    } finally {
      this.resolving.delete(logicalId);
    }
    this.identities.set(logicalId, identity);
    return identity;
  }

  /** Returns the outputs with an export name, by that name. */
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

  /** Names of the outputs whose conditions hold. */
  outputNames(): string[] {
    return Object.entries(this.stack.template.Outputs ?? {})
      .filter(([name, { Condition }]) => Condition === undefined || this.exists(name, Condition))
      .map(([name]) => name);
  }

  /** Whether this is a nested stack. */
  get isNested(): boolean {
    return this.templates.length > 0;
  }

  /** Returns an output for another stack. */
  output(name: string): unknown {
    const output = own(this.stack.template.Outputs, name);
    if (output === undefined) throw new Error(`the stack ${this.stack.id} has no output '${name}'`);
    return resolveValue(output.Value, this);
  }

  /** Returns a value that this stack exports to other regions. */
  handedOver(name: string): unknown {
    const [writer] = Object.values(this.stack.template.Resources ?? {}).flatMap((resource) => exportsOf(resource, name));
    return writer === undefined ? undefined : resolveValue(writer, this);
  }

  ref(logicalId: string): unknown {
    if (logicalId.startsWith('AWS::')) return this.pseudoParameter(logicalId);
    const parameter = own(this.stack.template.Parameters, logicalId);
    if (parameter === undefined) return this.identity(logicalId).ref;
    return parameterValue(parameter, this.valueOf(logicalId, parameter));
  }

  attribute(logicalId: string, attribute: string): unknown {
    const [, output] = /^Outputs\.(.+)$/.exec(attribute) ?? [];
    if (output !== undefined && this.nested.has(logicalId)) return this.nested.get(logicalId)!.output(output);
    const handedOver = crossRegionExport(this.resource(logicalId), attribute);
    if (handedOver !== undefined) return this.others.crossRegion(handedOver);
    const value = own(this.identity(logicalId).attributes, attribute);
    if (value === undefined) {
      throw new Error(`attribute '${attribute}' of ${this.stack.constructPath(logicalId)} (${this.resource(logicalId).Type}) is known only on AWS`);
    }
    return value;
  }

  condition(name: string): boolean {
    const condition = own(this.stack.template.Conditions, name);
    if (condition === undefined) throw new Error(`there is no condition '${name}'`);
    const key = `condition ${name}`;
    if (this.resolving.has(key)) throw new Error(`condition '${name}' refers to itself`);
    this.resolving.add(key);
    try {
      return resolveValue(condition, this) === true;
    } finally {
      this.resolving.delete(key);
    }
  }

  mapping(map: string, topKey: string, secondKey: string): unknown {
    return own(own(own(this.stack.template.Mappings, map), topKey), secondKey);
  }

  dynamicReference(reference: string): string {
    return this.others.stored.dynamicReference(reference);
  }

  importValue(name: string): unknown {
    return this.others.exported(name);
  }

  stackOutput(stackName: string, outputName: string, region = this.environment.region): unknown {
    return this.others.output(stackName, region, outputName);
  }

  private valueOf(logicalId: string, { Type = '', Default }: Parameter): unknown {
    const { stored } = this.others;
    const given = this.given(logicalId) ?? own(this.stack.parameters, logicalId) ?? stored.givenParameter(logicalId);
    if (given !== undefined) return given;
    if (Type.startsWith('AWS::SSM::Parameter::')) return stored.parameter(String(Default));
    if (Default === undefined) throw new Error(`parameter '${logicalId}' has no default; pass --parameter ${logicalId}=VALUE`);
    return Default;
  }

  private nest({ logicalId, path }: StackResource): StackScope {
    const url = String(this.required(logicalId, 'TemplateURL'));
    const [, asset] = [...this.stack.assets].find(([key]) => url.endsWith(`/${key}`)) ?? [];
    const key = url.split('/').pop();
    if (!asset) throw new Error(`the template of ${path} is not an asset of the cloud assembly: ${key}`);
    if (this.templates.includes(asset.path)) throw new Error(`the template of ${path} is the template of an enclosing stack: ${key}`);
    const template = readTemplate(asset.path);
    const stackName = `${this.stack.stackName}-${logicalId}`;
    const constructPath = (id: string) => String(own(template.Resources, id)?.Metadata?.['aws:cdk:path'] ?? `${path}/${id}`).replace(/\/Resource$/, '');
    const given = (parameter: string) => own(this.property(logicalId, 'Parameters') as Record<string, unknown> | undefined, parameter);
    const stack = { ...this.stack, id: `${this.stack.id}/${logicalId}`, stackName, template, constructPath };
    return new StackScope(stack, this.defaults, this.others, given, [...this.templates, asset.path]);
  }

  private exists(logicalId: string, condition: string): boolean {
    try {
      return this.condition(condition);
    } catch (error) {
      this.failed.set(`${this.stack.constructPath(logicalId)} is left out: its condition '${condition}'`, reasonOf(error));
      return false;
    }
  }

  private resource(logicalId: string): TemplateResource {
    const resource = own(this.stack.template.Resources, logicalId);
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

interface Parameter { readonly Type?: string; readonly Default?: unknown }

function parameterValue({ Type = '' }: Parameter, value: unknown): unknown {
  return /List/.test(Type) && !Array.isArray(value) ? String(value).split(',') : value;
}
