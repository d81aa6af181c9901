import type { Environment } from '../template/identity';
import { arn } from '../template/names';

/** The ARN of a function without a version or an alias, out of its ARN, or of its name in an environment. */
export function functionArnOf(nameOrArn: string, environment: Pick<Environment, 'partition' | 'region' | 'account'>): string {
  const [, full] = /^(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:/]+)/.exec(nameOrArn) ?? [];
  return full ?? arn(environment as Environment, 'lambda', `function:${functionNameOf(nameOrArn)}`);
}

/** The name of a function, out of its name or its ARN, with or without a version or an alias. */
export function functionNameOf(nameOrArn: string): string {
  return /(?:^|:)function:([^:/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn.split(':')[0];
}
