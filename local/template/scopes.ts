import { StackScope, type DefaultEnvironment, type Others } from './stack-scope';
import { StoredValues, type GivenValues } from './stored-values';
import type { AssemblyStack } from '../assembly/assembly';

/**
 * Creates one scope per stack, followed by its nested stacks. Each can import the others' exports.
 *
 * @param given values from the user that only AWS knows
 */
export function createScopes(stacks: readonly AssemblyStack[], defaults: DefaultEnvironment, given: GivenValues = {}): Scopes {
  const exported = new Map<string, () => unknown>();
  const stored = new StoredValues(() => scopes, given);
  const others: Others = {
    exported: (name) => {
      const value = exported.get(name);
      if (!value) throw new Error(`no stack of the assembly exports '${name}'`);
      return value();
    },
    output: (stackName, region, outputName) => {
      const scope = roots.find(({ environment }) => environment.stackName === stackName && environment.region === region);
      if (!scope) throw new Error(`there is no stack '${stackName}' in ${region} in the assembly`);
      return scope.output(outputName);
    },
    crossRegion: (name) => {
      const value = scopes.map((scope) => scope.handedOver(name)).find((found) => found !== undefined);
      if (value === undefined) throw new Error(`no stack of the assembly exports '${name}'`);
      return value;
    },
    stored,
  };
  const roots = stacks.map((stack) => new StackScope(stack, defaults, others));
  let scopes: StackScope[] = roots;
  scopes = roots.flatMap(withNested);
  for (const scope of scopes) {
    for (const [name, value] of scope.exportedOutputs()) exported.set(name, value);
  }
  return { scopes, stored };
}

export interface Scopes {
  readonly scopes: readonly StackScope[];
  readonly stored: StoredValues;
}

function withNested(scope: StackScope): StackScope[] {
  return [scope, ...[...scope.nested.values()].flatMap(withNested)];
}
