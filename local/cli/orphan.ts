import { readFileSync } from 'node:fs';
import { processStatus } from '../processes';

const INTERVAL_MILLIS = 500;

const PACKAGE_MANAGER = /\b(npm|npx|pnpm|pnpx|yarn|bun|bunx|corepack)\b/;

/** A parent process, as far as the system shows it. */
interface Ancestor {
  readonly pid: number;
  readonly parent: number;
  readonly commandLine: string;
}

/**
 * Calls `stop` when the package manager that runs the command has ended. `npx` does not notify its child when it is killed, and the
 * child would run on. A command started by hand may outlive its shell.
 */
export function onOrphaned(env: NodeJS.ProcessEnv, stop: () => void): void {
  if (env.npm_execpath === undefined && env.npm_config_user_agent === undefined) return;
  const started = ancestors();
  if (isOrphan(started)) return stop();
  const timer = setInterval(() => {
    if (numbers(ancestors()) === numbers(started)) return;
    clearInterval(timer);
    stop();
  }, INTERVAL_MILLIS);
  timer.unref();
}

/** Whether the package manager ended before the command began: the system's first process is the parent then. */
function isOrphan(above: readonly Ancestor[]): boolean {
  return above.some(({ pid }) => pid === 1) && !above.some(({ commandLine }) => PACKAGE_MANAGER.test(commandLine));
}

/** A bound, against a system that shows a circle. */
const MAX_ANCESTORS = 20;

/**
 * Returns the parent process, its parent, and those up to the topmost package manager, as far as the system shows them: there may be
 * shells between them, and a package manager may be a script that starts its program.
 */
function ancestors(): Ancestor[] {
  const all = [ancestor(process.ppid)];
  for (let { parent } = all[0]; parent > 0 && all.length < MAX_ANCESTORS; { parent } = all[all.length - 1]) all.push(ancestor(parent));
  const topmost = all.findLastIndex(({ commandLine }) => PACKAGE_MANAGER.test(commandLine));
  return all.slice(0, Math.max(2, topmost + 1));
}

function ancestor(pid: number): Ancestor {
  return { pid, parent: processStatus(pid)?.parent ?? 0, commandLine: commandLineOf(pid) };
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function numbers(above: readonly Ancestor[]): string {
  return above.map(({ pid }) => pid).join(' ');
}
