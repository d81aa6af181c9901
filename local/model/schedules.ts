import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

/** A rule or a schedule that fires at a fixed rate. */
export interface ScheduleModel {
  readonly path: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly intervalMillis: number;
  readonly source: 'aws.events' | 'aws.scheduler';
  readonly targets: readonly ScheduleTarget[];
}

/** A function or a queue, and what it is given instead of the event. */
export interface ScheduleTarget {
  readonly arn: string;
  readonly input?: string;
  readonly messageGroupId?: string;
}

interface Target {
  readonly Arn: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: unknown;
  readonly SqsParameters?: { readonly MessageGroupId?: string };
}

const UNIT_MILLIS: Readonly<Record<string, number>> = { minute: 60_000, hour: 60 * 60_000, day: 24 * 60 * 60_000 };

/** Reads an EventBridge rule or schedule; or says why it is not emulated. Undefined when it is disabled. */
export function readSchedule(scope: StackScope, resource: StackResource): ScheduleModel | string | undefined {
  const { logicalId, type, path } = resource;
  const properties = new Properties(scope, resource);
  if (properties.text('State') === 'DISABLED') return undefined;
  const expression = properties.text('ScheduleExpression') ?? '';
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit === undefined) return `${path}: only rates are emulated, not ${expression || 'event patterns'}; it never fires`;
  const isRule = type === 'AWS::Events::Rule';
  const targets = (isRule ? properties.objects('Targets') : [properties.requiredObject('Target')]) as unknown as Target[];
  const strange = targets.find(({ Arn, InputPath, InputTransformer }) => !/^arn:[^:]+:(lambda|sqs):/.test(Arn) || InputPath !== undefined || InputTransformer !== undefined);
  if (strange) return `${path}: only functions and queues with a constant input are emulated as targets, not ${String(strange.Arn)}; it never fires`;
  return {
    path,
    arn: scope.identity(logicalId).attributes.Arn,
    account: scope.environment.account,
    region: scope.environment.region,
    intervalMillis: Number(count) * UNIT_MILLIS[unit],
    source: isRule ? 'aws.events' : 'aws.scheduler',
    targets: targets.map(({ Arn, Input, SqsParameters }) => ({ arn: Arn, input: Input, messageGroupId: SqsParameters?.MessageGroupId })),
  };
}
