import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Interval between two looks at a process: a shorter peak stays unnoticed. */
const INTERVAL_MILLIS = process.platform === 'linux' ? 50 : 500;

/** Watches the resident memory of a process: V8's own limit does not cover buffers. */
export class MemoryWatch {
  private timer?: NodeJS.Timeout;

  /** @param onExceeded called once */
  constructor(private readonly pid: number, private readonly limitBytes: number, private readonly onExceeded: () => void) {}

  start(): void {
    this.timer ??= setInterval(() => residentBytes(this.pid, (bytes) => {
      if (bytes <= this.limitBytes || this.timer === undefined) return;
      this.stop();
      this.onExceeded();
    }), INTERVAL_MILLIS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** Reports the resident memory; 0 for a process that has ended, or where the system does not show it. */
function residentBytes(pid: number, tell: (bytes: number) => void): void {
  if (process.platform === 'linux') return tell(residentKilobytes(pid) * 1024);
  if (process.platform === 'win32') return tell(0);
  execFile('ps', ['-o', 'rss=', '-p', String(pid)], (_error, stdout) => tell(Number(stdout.trim() || 0) * 1024));
}

function residentKilobytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
