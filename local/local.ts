import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseEndpoint } from './aws/forward';
import { Cleanup } from './cleanup';
import { LocalError } from './errors';
import { Faults } from './faults/faults';
import { checkFree } from './gateway/ports';
import { Feed } from './inspector/feed';
import { inspectorInUse } from './inspector/inspector';
import { Reaper } from './lambda/reaper';
import { formatEvent, sayingOnce, type LocalEvent, type Log } from './log';
import { staticPage } from './page';
import { Runner } from './runner';
import { Synthesiser } from './synth/synthesiser';
import type { Local, LocalOptions } from './types';
import { watchApp } from './watch/watch-app';

/**
 * Serves the WebSocket APIs of a CDK app on this machine.
 *
 * @throws LocalError, whose message is one line, when the app cannot be served
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  refuseOtherRuntimes();
  const feed = options.inspector === undefined || options.inspector === false ? undefined : new Feed();
  const tell = options.log ?? tellErrors;
  const log: Log = sayingOnce((event) => {
    tell(formatEvent(event, new Date()), event);
    feed?.event(event);
  });
  const faults = new Faults(options.faults ?? [], options.faultSeed);
  const cleanup = new Cleanup();
  try {
    const reaper = new Reaper();
    cleanup.add(() => reaper.stop());
    const scratch = reaper.makeDirectory();
    cleanup.add(() => rmSync(scratch, { recursive: true, force: true }));
    const stopping = new AbortController();
    const abortSignal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
    const synthesiser = new Synthesiser({ app: options.app, directory: join(scratch, 'assemblies'), reaper, quiet: options.quiet ?? false, log, abortSignal });
    abortSignal.throwIfAborted();
    const page = options.serve === undefined ? undefined : staticPage(options.serve);
    if (options.awsEndpoint !== undefined) parseEndpoint(options.awsEndpoint);
    await checkPorts(options);
    const nextAssembly = async () => options.assembly ?? await synthesiser.next();
    const runner = await Runner.start(await nextAssembly(), { ...options, page, faults, feed, scratch, reaper, log, cleanup });
    abortSignal.throwIfAborted();
    const reloads = new Turns();
    // A reload that is under way would start parts after the others have stopped.
    cleanup.add(() => reloads.ended());
    const local: Local = {
      ...runner.describe(),
      reload: () => reloads.add(reload),
      setFaults: (specifications) => faults.set(specifications),
      token: (claims) => runner.token(claims),
      stop: () => cleanup.run(),
    };
    async function reload(): Promise<void> {
      if (stopping.signal.aborted) throw new LocalError('the runner has stopped; start another one');
      await runner.reload(await nextAssembly());
      synthesiser.removeUnused(runner.codeDirectories);
      Object.assign(local, runner.describe());
    }
    if (options.watch) {
      const watcher = await watchApp({ assembly: options.assembly, ignored: ignoredOf(options), onChange: () => local.reload(), log });
      cleanup.add(() => watcher.close());
    }
    cleanup.add(() => stopping.abort());
    return local;
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

/** Functions run by the program that runs this: what leads their calls of AWS here is made for Node.js, so that another one might let them out. */
function refuseOtherRuntimes(): void {
  const other = ['bun', 'deno'].find((name) => name in process.versions);
  if (other !== undefined) throw new LocalError(`the local runner needs Node.js, and is run by ${other}: see that \`node\` is on the PATH, and leave out \`--bun\``);
}

async function checkPorts({ port = 0, inspector }: LocalOptions): Promise<void> {
  await checkFree(port);
  if (typeof inspector !== 'number') return;
  if (inspector === port && port !== 0) throw new LocalError(`the inspector and the first API cannot both have port ${port}; pass another one with --inspector`);
  await checkFree(inspector, inspectorInUse);
}

/** Prints errors of functions by default: a test would otherwise only see that no message comes. */
function tellErrors(line: string, { event }: LocalEvent): void {
  if (event === 'error') process.stderr.write(`${line}\n`);
}

/** Returns paths that the runner itself reads or writes: they are not sources of the app. */
function ignoredOf({ serve, persist }: LocalOptions): string[] {
  return [serve, persist].filter((directory) => directory !== undefined);
}

/** Runs that each start after the previous one has ended, successfully or not. */
class Turns {
  private last: Promise<void> = Promise.resolve();

  add(run: () => Promise<void>): Promise<void> {
    this.last = this.ended().then(run);
    return this.last;
  }

  ended(): Promise<void> {
    return this.last.catch(() => undefined);
  }
}
