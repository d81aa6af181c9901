import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalError } from '../errors';
import { startLocal, type Local } from '../local';
import { parseCommandLine, HELP, type CommandLine } from './options';
import { createPrinter, type Printer } from './printer';
import { synthesise } from './synthesise';

/** The `broadcast-local` command. Resolves with its exit code when it is stopped by a signal, or cannot start. */
export async function main(args: readonly string[]): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait.
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort();
    });
  }
  // Nobody reads any more: `broadcast-local | head`.
  process.stdout.on('error', () => stopping.abort());
  try {
    const commandLine = parseCommandLine(args);
    if (commandLine.help) {
      process.stdout.write(HELP);
      return 0;
    }
    await serveUntilStopped(commandLine, stopping.signal);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    process.stderr.write(`broadcast-local: ${error instanceof LocalError ? error.message : String((error as Error).stack ?? error)}\n`);
    return error instanceof LocalError ? error.exitCode : 1;
  }
}

async function serveUntilStopped(commandLine: CommandLine, signal: AbortSignal): Promise<void> {
  const print = createPrinter(commandLine.json);
  const scratch = mkdtempSync(join(tmpdir(), 'broadcast-local-'));
  let local: Local | undefined;
  try {
    const assembly = commandLine.assembly ?? await synthesiseInto(scratch, commandLine, print, signal);
    print.progress('starting tables and WebSocket APIs');
    const { port, serve, timeScale } = commandLine;
    local = await startLocal({ assembly, port, serve, timeScale, log: print.event });
    print.ready(local);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    await local?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function synthesiseInto(directory: string, { app }: CommandLine, print: Printer, signal: AbortSignal): Promise<string> {
  const started = Date.now();
  print.progress('synthesising the app');
  await synthesise({ app, directory, signal });
  print.progress(`synthesised in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return directory;
}
