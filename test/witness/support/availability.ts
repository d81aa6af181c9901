import { execFile, execFileSync } from 'node:child_process';

/** An available witness, or the reason for its absence. */
export type Availability<T> = { readonly what: T } | { readonly reason: string };

/** Fetches a witness from a registry. An error becomes the reason for its absence. */
export function fetched<T>(fetch: () => T): Availability<T> {
  try {
    return { what: fetch() };
  } catch (error) {
    return { reason: firstLine(error) };
  }
}

/** Returns `describe` where a witness is available. Otherwise its tests are skipped, with the reason in their names; in CI they fail. */
export function describeWith<T>(availability: Availability<T>, name: string, body: (what: () => T) => void): void {
  if ('what' in availability) {
    describe(name, () => body(() => availability.what));
  } else if (process.env.CI) {
    test(name, () => {
      throw new Error(availability.reason);
    });
  } else {
    test.skip(`${name} (${availability.reason})`, () => undefined);
  }
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const LIMITS = { maxBuffer: 64 * 1024 * 1024, timeout: 480_000 };

/** Runs a program to its end synchronously, and returns its output. */
export function output(command: string, args: readonly string[], options: RunOptions = {}): string {
  return execFileSync(command, args, { ...options, ...LIMITS, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a program to its end beside the servers of a test; throws with the end of its output when it fails. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, ...LIMITS }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(' ')} failed:\n${`${stdout}${stderr}`.slice(-4000)}`));
      else resolve();
    });
  });
}

function firstLine(error: unknown): string {
  const { stderr, stdout, message, code, path } = error as Error & { stderr?: string; stdout?: string; code?: string; path?: string };
  if (code === 'ENOENT') return `${path ?? 'a program'} is not installed`;
  const lines = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').map((line) => line.trim());
  return (lines.find((line) => /error/i.test(line)) ?? message.split('\n')[0]).slice(0, 200);
}
