import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How often a process is looked at: code that needs the memory for a shorter time gets away with it. */
const INTERVAL_MILLIS = process.platform === 'linux' ? 50 : 500;

/** Watches how much memory a process holds, whatever for: V8's own limit knows nothing of buffers. */
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

/** Tells 0 of a process that has ended, and where nothing tells. */
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
