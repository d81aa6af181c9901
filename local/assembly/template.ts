import { formatValue, LocalError } from '../errors';
import { readJson } from './json';
import { isObject } from '../objects';

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

/** Sections that are read, and whether each of their members must be an object. */
const SECTIONS = { Parameters: true, Mappings: true, Conditions: false, Resources: true, Outputs: true } as const;

/** Reads and checks the template of a stack or a nested stack. */
export function readTemplate(path: string): Template {
  const template = readJson<Readonly<Record<string, unknown>>>(path);
  for (const [section, hasObjects] of Object.entries(SECTIONS)) {
    const members = template[section] ?? {};
    if (!isObject(members)) throw refusal(path, section, 'an object', members);
    for (const [name, member] of Object.entries(members)) {
      if (hasObjects && !isObject(member)) throw refusal(path, `${section}.${name}`, 'an object', member);
      if (section === 'Resources') checkResource(path, `${section}.${name}`, member as object);
    }
  }
  return template;
}

function checkResource(path: string, where: string, { Type, Condition = '', Properties }: { [Member in keyof TemplateResource]?: unknown }): void {
  if (typeof Type !== 'string') throw refusal(path, `${where}.Type`, 'a text', Type);
  if (typeof Condition !== 'string') throw refusal(path, `${where}.Condition`, 'a text', Condition);
  if (!isObject(Properties ?? {})) throw refusal(path, `${where}.Properties`, 'an object', Properties);
}

function refusal(path: string, where: string, what: string, value: unknown): LocalError {
  return new LocalError(`${where} of ${path} must be ${what}, got ${formatValue(value)}; run \`cdk synth\` again`);
}
