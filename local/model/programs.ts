import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program that runs functions of a runtime; or why there is none. */
export function programOf(runtime: string): { readonly program: string } | string {
  // Node.js is the one that runs the runner.
  if (runtime.startsWith('nodejs')) return { program: process.execPath };
  if (!runtime.startsWith('python')) return `runtime ${runtime || 'unknown'} is not emulated (nodejs and python are)`;
  // Python is of the same version if that is there, else any other 3.
  const program = find(runtime) ?? find('python3');
  return program === undefined ? `runtime ${runtime} needs python3, which is not on the PATH` : { program };
}

function find(name: string): string | undefined {
  return (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}
