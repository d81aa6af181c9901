/** What the intrinsic functions need of the stack that they stand in. */
export interface Scope {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, topKey: string, secondKey: string): unknown;
  importValue(name: string): unknown;
  stackOutput(stackName: string, outputName: string, region?: string): unknown;
}

/** What a value of `AWS::NoValue` resolves to: properties and items that are so are left out. */
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
  // What stacks refer to one another by since aws-cdk-lib 2.254, where the app says so.
  'Fn::GetStackOutput': (argument, scope) => {
    const { StackName, OutputName, Region } = resolveValue(argument, scope) as Partial<Record<string, unknown>>;
    return scope.stackOutput(String(StackName), String(OutputName), Region === undefined ? undefined : String(Region));
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = list('Fn::FindInMap', argument, scope);
    return resolveValue(scope.mapping(String(map), String(top), String(second)), scope);
  },
  'Fn::If': (argument, scope) => {
    // Only the chosen branch is resolved: the other one may well not be resolvable.
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

/** Resolves every intrinsic function in a value, however deep. */
export function resolveValue(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveValue(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value === 'string') return withoutDynamicReference(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries.length === 1 ? entries[0] : ['', undefined];
  const intrinsic = intrinsics[name];
  // An IAM policy statement also has a member `Condition`, but with an object.
  if (intrinsic && !(name === 'Condition' && typeof argument !== 'string')) return intrinsic(argument, scope);
  if (name.startsWith('Fn::')) throw new Error(`${name} is not supported`);
  const resolved = entries.map(([key, item]) => [key, resolveValue(item, scope)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
}

function substitute(argument: unknown, scope: Scope): string {
  const [text, variables] = Array.isArray(argument) ? argument as [unknown, Record<string, unknown>] : [argument, {}];
  return withoutDynamicReference(string('Fn::Sub', text)).replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in variables) return string('Fn::Sub', resolveValue(variables[name], scope));
    const [id, ...attribute] = name.trim().split('.');
    return string('Fn::Sub', attribute.length > 0 ? scope.attribute(id, attribute.join('.')) : scope.ref(id));
  });
}

function withoutDynamicReference(text: string): string {
  const reference = /\{\{resolve:[^}]*\}\}/.exec(text);
  if (reference) throw new Error(`the dynamic reference ${reference[0]} needs AWS`);
  return text;
}

function list(name: string, argument: unknown, scope: Scope): unknown[] {
  const resolved = resolveValue(argument, scope);
  if (!Array.isArray(resolved)) throw new Error(`${name} takes a list, got ${JSON.stringify(resolved)}`);
  return resolved;
}

function string(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${name} takes strings, got ${JSON.stringify(value)}`);
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
