import { readTargets, type TargetModel } from './targets';
import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

/** An EventBridge rule with an event pattern. */
export interface RuleModel {
  readonly path: string;
  readonly arn: string;
  /** Event bus of the rule. */
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

/** Reads a rule with a pattern; undefined when it has none, or is disabled. */
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

/** @param region region of a bus that is given by its name only */
export function busOf(nameOrArn: string | undefined, region: string): BusModel {
  const [, regionOfArn, name] = /^arn:[^:]+:events:([^:]*):[^:]*:event-bus\/(.+)$/.exec(nameOrArn ?? '') ?? [];
  return { name: name ?? nameOrArn ?? DEFAULT_BUS, region: regionOfArn ?? region };
}
