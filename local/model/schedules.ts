import { readTargets, type TargetModel } from './targets';
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
  readonly targets: readonly TargetModel[];
}

const UNIT_MILLIS: Readonly<Record<string, number>> = { minute: 60_000, hour: 60 * 60_000, day: 24 * 60 * 60_000 };

/** Reads an EventBridge rule or schedule, or returns the reason for which it is not emulated; undefined when it is disabled. */
export function readSchedule(scope: StackScope, resource: StackResource): ScheduleModel | string | undefined {
  const { logicalId, type, path } = resource;
  const properties = new Properties(scope, resource);
  if (properties.text('State') === 'DISABLED') return undefined;
  const expression = properties.text('ScheduleExpression') ?? '';
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const isRule = type === 'AWS::Events::Rule';
  // The rule may have an event pattern instead.
  if (isRule && expression === '' && properties.has('EventPattern')) return undefined;
  if (unit === undefined) return `${path}: only rates are emulated, not ${expression || 'schedules that cannot be read'}; it never fires`;
  return {
    path,
    arn: scope.identity(logicalId).attributes.Arn,
    account: scope.environment.account,
    region: scope.environment.region,
    intervalMillis: Number(count) * UNIT_MILLIS[unit],
    source: isRule ? 'aws.events' : 'aws.scheduler',
    targets: readTargets(isRule ? properties.objects('Targets') : [properties.requiredObject('Target')]),
  };
}
