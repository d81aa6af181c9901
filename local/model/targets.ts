/** Target of an event, and the input that it gets. */
export interface TargetModel {
  readonly arn: string;
  readonly type: 'lambda' | 'sqs' | 'sns' | 'bus' | 'unsupported';
  readonly input: InputModel;
  readonly messageGroupId?: string;
}

/** Input of a target. */
export type InputModel =
  | { readonly kind: 'event' }
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'template'; readonly paths: Readonly<Record<string, string>>; readonly template: string };

interface Target {
  readonly Arn?: unknown;
  readonly Input?: unknown;
  readonly InputPath?: unknown;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, unknown>>; readonly InputTemplate?: unknown };
  readonly SqsParameters?: { readonly MessageGroupId?: unknown };
}

/** Reads the targets of a rule or a schedule. */
export function readTargets(targets: readonly Readonly<Record<string, unknown>>[]): TargetModel[] {
  return (targets as readonly Target[]).map((target) => ({
    arn: String(target.Arn),
    type: typeOf(String(target.Arn)),
    input: inputOf(target),
    messageGroupId: textOf(target.SqsParameters?.MessageGroupId),
  }));
}

function typeOf(arn: string): TargetModel['type'] {
  const [, service] = /^arn:[^:]+:(lambda|sqs|sns):/.exec(arn) ?? [];
  if (/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//.test(arn)) return 'bus';
  return (service as TargetModel['type'] | undefined) ?? 'unsupported';
}

function inputOf({ Input, InputPath, InputTransformer }: Target): InputModel {
  const constant = textOf(Input);
  if (constant !== undefined) return { kind: 'constant', text: constant };
  const path = textOf(InputPath);
  if (path !== undefined) return { kind: 'path', path };
  const template = textOf(InputTransformer?.InputTemplate);
  if (template === undefined) return { kind: 'event' };
  const paths = Object.entries(InputTransformer?.InputPathsMap ?? {}).map(([name, each]) => [name, String(each)] as const);
  return { kind: 'template', template, paths: Object.fromEntries(paths) };
}

/** Returns a text; JSON in a template may have been parsed already. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
