import { readFileSync } from 'node:fs';
import { processStatus } from '../processes';

const INTERVAL_MILLIS = 500;

const PACKAGE_MANAGER = /\b(npm|npx|pnpm|pnpx|yarn|bun|bunx|corepack)\b/;

/** A process that is above, as far as can be told. */
interface Ancestor {
  readonly pid: number;
  readonly parent: number;
  readonly commandLine: string;
}

/**
 * Watches whether the package manager that runs the command is still there: `npx` that is killed does not tell its child, which would run on.
 * A command that was started by hand may well outlive its shell.
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

/** Whether the package manager was gone before the command began: the first process of the system has taken its place. */
function isOrphan(above: readonly Ancestor[]): boolean {
  return above.some(({ pid }) => pid === 1) && !above.some(({ commandLine }) => PACKAGE_MANAGER.test(commandLine));
}

/** The process above, and, where that can be told, the one above it: the package manager may have a shell in between. */
function ancestors(): Ancestor[] {
  const parent = ancestor(process.ppid);
  return parent.parent > 0 ? [parent, ancestor(parent.parent)] : [parent];
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
