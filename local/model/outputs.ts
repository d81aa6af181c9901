import { messageOf } from '../errors';
import type { StackScope } from '../template/stack-scope';

/** What stacks of the CDK hand on to one another, of which nobody else is told. */
const OF_THE_CDK = /^ExportsOutput/;

/**
 * The outputs of an app's stacks, as AWS would show them, by `Stack.Output`.
 *
 * @param notices gets a sentence for each that cannot be resolved
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
