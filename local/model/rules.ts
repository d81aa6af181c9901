import { readTargets, type TargetModel } from './targets';
import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

/** A rule of EventBridge that waits for events. */
export interface RuleModel {
  readonly path: string;
  readonly arn: string;
  /** Name of its event bus. */
  readonly bus: string;
  readonly account: string;
  readonly region: string;
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly targets: readonly TargetModel[];
}

export const DEFAULT_BUS = 'default';

/** Reads the pattern of a rule. Undefined when it has none, or is disabled. */
export function readRule(scope: StackScope, resource: StackResource): RuleModel | undefined {
  const { logicalId, path } = resource;
  const properties = new Properties(scope, resource);
  const pattern = properties.object('EventPattern');
  if (!pattern || properties.text('State') === 'DISABLED') return undefined;
  const { account, region } = scope.environment;
  return {
    path,
    arn: scope.identity(logicalId).attributes.Arn,
    bus: busNameOf(properties.text('EventBusName')),
    account,
    region,
    pattern,
    targets: readTargets(properties.objects('Targets')),
  };
}

/** The name of an event bus, out of its name or its ARN. */
export function busNameOf(nameOrArn: string | undefined): string {
  return nameOrArn?.replace(/^arn:.*:event-bus\//, '') ?? DEFAULT_BUS;
}
