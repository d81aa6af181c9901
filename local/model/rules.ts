import { readTargets, type TargetModel } from './targets';
import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

/** A rule of EventBridge that waits for events. */
export interface RuleModel {
  readonly path: string;
  readonly arn: string;
  /** Its event bus. */
  readonly bus: BusModel;
  readonly account: string;
  readonly region: string;
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly targets: readonly TargetModel[];
}

/** An event bus of a region. */
export interface BusModel {
  readonly name: string;
  readonly region: string;
}

const DEFAULT_BUS = 'default';

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
    bus: busOf(properties.text('EventBusName'), region),
    account,
    region,
    pattern,
    targets: readTargets(properties.objects('Targets')),
  };
}

/** @param region that of a bus which is named by its name alone */
export function busOf(nameOrArn: string | undefined, region: string): BusModel {
  const [, regionOfArn, name] = /^arn:[^:]+:events:([^:]*):[^:]*:event-bus\/(.+)$/.exec(nameOrArn ?? '') ?? [];
  return { name: name ?? nameOrArn ?? DEFAULT_BUS, region: regionOfArn ?? region };
}
