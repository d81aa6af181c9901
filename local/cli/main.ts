import { LocalError } from '../errors';
import { exampleOf } from '../examples';
import { startLocal } from '../local';
import { parseCommandLine, HELP, type CommandLine } from './options';
import { onOrphaned } from './orphan';
import { createPrinter } from './printer';

/** Version of the package, inlined in the bundle. */
declare const VERSION: string;

/** Runs the `broadcast-local` command. Resolves with its exit code when a signal stops it, or it cannot start. */
export async function main(args: readonly string[]): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A second Ctrl-C exits at once.
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort();
    });
  }
  onOrphaned(process.env, () => stopping.abort());
  // The reader has closed the pipe: `broadcast-local | head`.
  process.stdout.on('error', () => stopping.abort());
  // The runner serves on without a reader of its errors.
  process.stderr.on('error', () => undefined);
  try {
    const commandLine = parseCommandLine(args);
    if (commandLine.help) {
      process.stdout.write(HELP);
      return 0;
    }
    if (commandLine.version) {
      process.stdout.write(`${VERSION}\n`);
      return 0;
    }
    await serveUntilStopped(commandLine, stopping.signal);
    return 0;
  } catch (error) {
    process.stderr.write(`broadcast-local: ${error instanceof LocalError ? error.message : String((error as Error).stack ?? error)}\n`);
    return error instanceof LocalError ? error.exitCode : 1;
  }
}

async function serveUntilStopped(commandLine: CommandLine, abortSignal: AbortSignal): Promise<void> {
  const { help: _help, version: _version, json, quiet, example, ...given } = commandLine;
  const options = example === undefined ? given : { ...given, ...exampleOf(example) };
  const print = createPrinter({ json, quiet });
  const local = await startLocal({ ...options, quiet, signal: abortSignal, log: print.event }).catch((error: unknown) => {
    // An aborted start is not an error.
    if (!abortSignal.aborted) throw error;
    return undefined;
  });
  if (!local) return;
  try {
    print.ready(local, options.faults);
    if (!abortSignal.aborted) await new Promise((resolve) => abortSignal.addEventListener('abort', resolve, { once: true }));
  } finally {
    await local.stop().finally(print.end);
  }
}
