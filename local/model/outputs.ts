import { messageOf } from '../errors';
import type { StackScope } from '../template/stack-scope';

/** Outputs by which CDK stacks refer to one another; users have no need of them. */
const OF_THE_CDK = /^ExportsOutput/;

/**
 * Returns the outputs of an app's stacks by `Stack.Output`, as AWS would show them.
 *
 * @param notices receives a sentence for each that cannot be resolved
 */
export function readOutputs(scopes: readonly StackScope[], notices: string[]): Record<string, string> {
  return Object.fromEntries(scopes.filter(({ isNested }) => !isNested).flatMap((scope) => scope.outputNames()
    .filter((name) => !OF_THE_CDK.test(name))
    .flatMap((name): [string, string][] => {
      try {
        const value = scope.output(name);
        return [[`${scope.environment.stackName}.${name}`, typeof value === 'string' ? value : JSON.stringify(value)]];
      } catch (error) {
        notices.push(`${scope.stack.id}: its output ${name}: ${messageOf(error)}`);
        return [];
      }
    })));
}
