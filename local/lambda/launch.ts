import { delimiter, join } from 'node:path';
import { childScript } from './child-scripts';
import type { FunctionModel } from '../model/functions';

/** Command and variables of an execution environment's process. */
export interface Launch {
  readonly args: readonly string[];
  /** Variables with the paths of the layers' libraries. */
  readonly variables: Readonly<Record<string, string>>;
}

export function launchOf(model: FunctionModel): Launch {
  return model.runtime.startsWith('python') ? launchPython(model) : launchNode(model);
}

function launchNode({ runtime, memoryMegabytes, layers }: FunctionModel): Launch {
  const version = /\d+/.exec(runtime)?.[0] ?? '';
  return {
    args: [
      // As in Lambda's own start script.
      '--expose-gc', `--max-semi-space-size=${Math.max(1, Math.floor(memoryMegabytes * 0.05))}`, `--max-old-space-size=${Math.floor(memoryMegabytes * 0.9)}`,
      // Loaded first, and in each thread.
      '--require', childScript('aws-hosts.js'),
      // Lambda has the AWS SDK beside its runtime; here the project's is used.
      childScript('bootstrap.js'), process.cwd(), ...layers,
    ],
    variables: pathVariable('NODE_PATH', layers.flatMap((layer) => [
      join(layer, 'nodejs', `node${version}`, 'node_modules'), join(layer, 'nodejs', 'node_modules'),
    ])),
  };
}

function launchPython({ runtime, layers }: FunctionModel): Launch {
  return {
    // Writes no bytecode into the cloud assembly, and does not buffer output.
    args: ['-B', '-u', childScript('bootstrap.py'), ...layers],
    variables: pathVariable('PYTHONPATH', layers.flatMap((layer) => [
      join(layer, 'python'), join(layer, 'python', 'lib', runtime, 'site-packages'),
    ])),
  };
}

function pathVariable(name: string, directories: readonly string[]): Record<string, string> {
  return directories.length === 0 ? {} : { [name]: directories.join(delimiter) };
}
