import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process as Linux describes it. */
export interface ProcessStatus {
  readonly parent: number;
  /** Clock ticks from the start of the machine to the start of the process. */
  readonly started: string;
}

/** Reads a process; undefined when it does not exist, or this is not Linux. */
export function processStatus(pid: number): ProcessStatus | undefined {
  try {
    // The program name is in brackets, and may hold any characters.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return { parent: Number(fields[1]), started: fields[19] };
  } catch {
    return undefined;
  }
}

export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Returns the start time of a process, which tells it from an earlier one with the same id. Undefined where the system does not show it. */
export function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const status = processStatus(pid);
    return status && `${bootId()} ${status.started}`;
  }
  if (process.platform === 'win32') return undefined;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
