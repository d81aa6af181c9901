import { formatValue, messageOf } from '../errors';
import { isObject } from '../objects';

/** Values of the stack that intrinsic functions need. */
export interface Scope {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, topKey: string, secondKey: string): unknown;
  importValue(name: string): unknown;
  stackOutput(stackName: string, outputName: string, region?: string): unknown;
  /** Returns the value of `{{resolve:…}}` for the text between the braces. */
  dynamicReference(reference: string): string;
}

/** Value of `AWS::NoValue`: properties and items with it are left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const intrinsics: Record<string, Intrinsic> = {
  'Ref': (id, scope) => scope.ref(String(id)),
  'Condition': (name, scope) => scope.condition(String(name)),
  'Fn::GetAtt': (argument, scope) => {
    const [id, ...attribute] = typeof argument === 'string' ? argument.split('.') : list('Fn::GetAtt', argument, scope).map(String);
    return scope.attribute(id, attribute.join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list('Fn::Join', argument, scope);
    return list('Fn::Join', parts, scope).map((part) => string('Fn::Join', part)).join(String(separator));
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = list('Fn::Split', argument, scope);
    return string('Fn::Split', text).split(String(separator));
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = list('Fn::Select', argument, scope);
    const selected = list('Fn::Select', items, scope)[Number(index)];
    if (selected === undefined) throw new Error(`Fn::Select has no item ${String(index)}`);
    return selected;
  },
  'Fn::Sub': substitute,
  'Fn::Base64': (argument, scope) => Buffer.from(string('Fn::Base64', resolveValue(argument, scope))).toString('base64'),
  'Fn::ImportValue': (argument, scope) => scope.importValue(string('Fn::ImportValue', resolveValue(argument, scope))),
  // CDK stacks refer to one another with it since aws-cdk-lib 2.254, where the app opts in.
  'Fn::GetStackOutput': (argument, scope) => {
    const { StackName, OutputName, Region } = resolveValue(argument, scope) as Partial<Record<string, unknown>>;
    return scope.stackOutput(String(StackName), String(OutputName), Region === undefined ? undefined : String(Region));
  },
  'Fn::FindInMap': findInMap,
  'Fn::Length': (argument, scope) => list('Fn::Length', argument, scope).length,
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(resolveValue(argument, scope)),
  'Fn::GetAZs': (argument, scope) => {
    const region = string('Fn::GetAZs', resolveValue(argument, scope)) || String(scope.ref('AWS::Region'));
    return ['a', 'b', 'c'].map((zone) => region + zone);
  },
  'Fn::If': (argument, scope) => {
    // Only the chosen branch is resolved: the other one may not be resolvable.
    if (!Array.isArray(argument) || argument.length !== 3) throw new Error('Fn::If takes a condition and two values');
    return resolveValue(scope.condition(String(argument[0])) ? argument[1] : argument[2], scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list('Fn::Equals', argument, scope);
    return JSON.stringify(left) === JSON.stringify(right);
  },
  'Fn::And': (argument, scope) => list('Fn::And', argument, scope).every(isTrue),
  'Fn::Or': (argument, scope) => list('Fn::Or', argument, scope).some(isTrue),
  'Fn::Not': (argument, scope) => !isTrue(list('Fn::Not', argument, scope)[0]),
};

/** Resolves every intrinsic function in a value, at any depth. */
export function resolveValue(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveValue(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value === 'string') return withReferences(value, scope);
  if (typeof value !== 'object' || value === null) return value;
  const call = intrinsicOf(value);
  if (call) {
    const result = call.run(call.argument, scope);
    // The joined text may be a dynamic reference.
    return typeof result === 'string' ? withReferences(result, scope) : result;
  }
  const resolved = Object.entries(value).map(([key, item]) => [key, resolveValue(item, scope)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
}

/** Receives the path of each part that cannot be resolved, such as `.Variables.TABLE` or `[1]`, and the reason. */
export type OnFailure = (where: string, why: string) => void;

/** Deeper than any CloudFormation property. Deeper values are resolved as a whole, or not at all. */
const MAX_DEPTH = 50;

/** Resolves as much as possible: members and items that cannot be resolved are left out. */
export function resolveMost(value: unknown, scope: Scope, onFailure: OnFailure, where = '', depth = 0): unknown {
  try {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || intrinsicOf(value)) return resolveValue(value, scope);
    const most = (item: unknown, step: string) => resolveMost(item, scope, onFailure, where + step, depth + 1);
    if (Array.isArray(value)) return value.map((item, index) => most(item, `[${index}]`)).filter((item) => item !== NO_VALUE);
    const resolved = Object.entries(value).map(([key, item]) => [key, most(item, `.${key}`)] as const);
    return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
  } catch (error) {
    onFailure(where, reasonOf(error));
    return NO_VALUE;
  }
}

/** Returns the reason for which a value cannot be resolved. */
export function reasonOf(error: unknown): string {
  return (error as Error | undefined)?.name === 'RangeError' ? 'it is nested too deeply' : messageOf(error);
}

function intrinsicOf(value: object): { readonly run: Intrinsic; readonly argument: unknown } | undefined {
  const entries = Object.entries(value);
  if (entries.length !== 1) return undefined;
  const [[name, argument]] = entries as [[string, unknown]];
  // An IAM policy statement also has a member `Condition`, but with an object.
  if (name === 'Condition' && typeof argument !== 'string') return undefined;
  if (Object.hasOwn(intrinsics, name)) return { run: intrinsics[name], argument };
  if (name.startsWith('Fn::')) throw new Error(`${name} is not supported`);
  return undefined;
}

function findInMap(argument: unknown, scope: Scope): unknown {
  if (!Array.isArray(argument)) throw new Error(`Fn::FindInMap takes a list, got ${formatValue(argument)}`);
  const [map, top, second, options] = argument as unknown[];
  const keys = [map, top, second].map((key) => string('Fn::FindInMap', resolveValue(key, scope)));
  const hasDefault = typeof options === 'object' && options !== null && Object.hasOwn(options, 'DefaultValue');
  const found = scope.mapping(keys[0], keys[1], keys[2]);
  if (found !== undefined) return resolveValue(found, scope);
  // Resolved last: it may not be resolvable where it is not needed.
  if (hasDefault) return resolveValue((options as { DefaultValue: unknown }).DefaultValue, scope);
  throw new Error(`mapping '${keys[0]}' has no value for '${keys[1]}', '${keys[2]}'`);
}

function substitute(argument: unknown, scope: Scope): string {
  const [text, given] = Array.isArray(argument) ? argument as unknown[] : [argument];
  const variables = given ?? {};
  if (!isObject(variables)) throw new Error(`Fn::Sub takes a text and an object, got ${formatValue(variables)}`);
  return string('Fn::Sub', text).replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return string('Fn::Sub', resolveValue(variables[name as keyof object], scope));
    const [id, ...attribute] = name.trim().split('.');
    return string('Fn::Sub', attribute.length > 0 ? scope.attribute(id, attribute.join('.')) : scope.ref(id));
  });
}

function withReferences(text: string, scope: Scope): string {
  return text.replace(/\{\{(resolve:[^}]*)\}\}/g, (_match, reference: string) => scope.dynamicReference(reference));
}

function list(name: string, argument: unknown, scope: Scope): unknown[] {
  const resolved = resolveValue(argument, scope);
  if (!Array.isArray(resolved)) throw new Error(`${name} takes a list, got ${formatValue(resolved)}`);
  return resolved;
}

function string(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${name} takes strings, got ${formatValue(value)}`);
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
