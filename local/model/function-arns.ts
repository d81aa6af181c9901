import type { Environment } from '../template/identity';
import { arn } from '../template/names';

/** Returns a function's ARN without version or alias, from its ARN or from its name in an environment. */
export function functionArnOf(nameOrArn: string, environment: Pick<Environment, 'partition' | 'region' | 'account'>): string {
  const [, full] = /^(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:/]+)/.exec(nameOrArn) ?? [];
  return full ?? arn(environment as Environment, 'lambda', `function:${functionNameOf(nameOrArn)}`);
}

/** Returns a function's name from its name or ARN, with or without a version or an alias. */
export function functionNameOf(nameOrArn: string): string {
  return /(?:^|:)function:([^:/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn.split(':')[0];
}
