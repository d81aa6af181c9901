import { spawnSync } from 'node:child_process';

/** Returns the program for a runtime, or the reason for which there is none. */
export function programOf(runtime: string): { readonly program: string } | string {
  // The Node.js that runs the runner.
  if (runtime.startsWith('nodejs')) return { program: process.execPath };
  if (!runtime.startsWith('python')) return `runtime ${runtime || 'unknown'} is not emulated (nodejs and python are)`;
  // Prefers Python of the same version; otherwise any Python 3.
  const program = [runtime, 'python3'].find(runs);
  return program === undefined ? `runtime ${runtime} needs python3, which is not on the PATH` : { program };
}

/** Whether a program runs. Version managers put programs on the PATH that only say that they are not installed. */
function runs(program: string): boolean {
  return spawnSync(program, ['--version'], { env: process.env }).status === 0;
}
