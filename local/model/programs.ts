import { spawnSync } from 'node:child_process';

/** The program that runs functions of a runtime; or why there is none. */
export function programOf(runtime: string): { readonly program: string } | string {
  // Node.js is the one that runs the runner.
  if (runtime.startsWith('nodejs')) return { program: process.execPath };
  if (!runtime.startsWith('python')) return `runtime ${runtime || 'unknown'} is not emulated (nodejs and python are)`;
  // Python is of the same version if that is there, else any other 3.
  const program = [runtime, 'python3'].find(runs);
  return program === undefined ? `runtime ${runtime} needs python3, which is not on the PATH` : { program };
}

/** Being on the PATH is not enough: version managers put programs there that only say that they are not installed. */
function runs(program: string): boolean {
  return spawnSync(program, ['--version'], { env: process.env }).status === 0;
}
