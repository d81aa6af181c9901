import { delimiter, join } from 'node:path';
import { childScript } from './child-scripts';
import type { FunctionModel } from '../model/functions';

/** How the process of an execution environment is started. */
export interface Launch {
  readonly args: readonly string[];
  /** Where its runtime looks for the libraries of layers. */
  readonly variables: Readonly<Record<string, string>>;
}

export function launchOf(model: FunctionModel): Launch {
  return model.runtime.startsWith('python') ? launchPython(model) : launchNode(model);
}

function launchNode({ runtime, memoryMegabytes, layers }: FunctionModel): Launch {
  const version = /\d+/.exec(runtime)?.[0] ?? '';
  return {
    args: [
      // As Lambda's own start script.
      '--expose-gc', `--max-semi-space-size=${Math.max(1, Math.floor(memoryMegabytes * 0.05))}`, `--max-old-space-size=${Math.floor(memoryMegabytes * 0.9)}`,
      // Before anything else, and in each thread.
      '--require', childScript('aws-hosts.js'),
      // Lambda has the AWS SDK beside its runtime; here it is the one of the project that the runner was started in.
      childScript('bootstrap.js'), process.cwd(), ...layers,
    ],
    variables: pathVariable('NODE_PATH', layers.flatMap((layer) => [
      join(layer, 'nodejs', `node${version}`, 'node_modules'), join(layer, 'nodejs', 'node_modules'),
    ])),
  };
}

function launchPython({ runtime, layers }: FunctionModel): Launch {
  return {
    // Without leaving bytecode in the cloud assembly, and without holding back what is printed.
    args: ['-B', '-u', childScript('bootstrap.py')],
    variables: pathVariable('PYTHONPATH', layers.flatMap((layer) => [
      join(layer, 'python'), join(layer, 'python', 'lib', runtime, 'site-packages'),
    ])),
  };
}

function pathVariable(name: string, directories: readonly string[]): Record<string, string> {
  return directories.length === 0 ? {} : { [name]: directories.join(delimiter) };
}
