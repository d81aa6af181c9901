import { readFileSync } from 'node:fs';

const INTERVAL_MILLIS = 500;

/**
 * Watches whether the package manager that runs the command is still there: `npx` that is killed does not tell its child, which would run on.
 * A command that was started by hand may well outlive its shell.
 */
export function onOrphaned(env: NodeJS.ProcessEnv, stop: () => void): void {
  if (env.npm_execpath === undefined && env.npm_config_user_agent === undefined) return;
  const started = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === started) return;
    clearInterval(timer);
    stop();
  }, INTERVAL_MILLIS);
  timer.unref();
}

/** The process above, and, where that can be told, the one above it: the package manager may have a shell in between. */
function ancestors(): string {
  const { ppid } = process;
  try {
    // The name of a program is in brackets, and may have anything in it.
    const [, above] = readFileSync(`/proc/${ppid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
    return `${ppid} ${above}`;
  } catch {
    return String(ppid);
  }
}
