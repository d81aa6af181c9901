import { readdirSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { AppOutput } from './app-output';
import { synthesise } from './synthesise';
import type { Reaper } from '../lambda/reaper';
import type { Log } from '../log';

export interface SynthesiserOptions {
  /** Command line of the app; else the one in cdk.json. */
  readonly app?: string;
  /** Directory for the cloud assemblies. */
  readonly directory: string;
  readonly reaper: Reaper;
  /** Whether to withhold the app's output unless it fails. */
  readonly quiet: boolean;
  readonly log: Log;
  readonly abortSignal: AbortSignal;
}

/** Interval of messages that the synthesis is still running. */
const WAITING_MILLIS = 10_000;

/** Synthesises an app repeatedly, each time into its own directory: code of an earlier assembly may still be running. */
export class Synthesiser {
  private count = 0;

  constructor(private readonly options: SynthesiserOptions) {}

  async next(): Promise<string> {
    const { app, directory, reaper, abortSignal, quiet } = this.options;
    const started = Date.now();
    this.count++;
    const assembly = join(directory, String(this.count));
    const print = (line: string) => process.stderr.write(`${line}\n`);
    const output = new AppOutput({ print, quiet, onBundling: (path) => this.log(`bundling ${path}`) });
    const onCommand = (what: 'app' | 'build', command: string) => this.log(what === 'build'
      ? `running the build command of cdk.json: ${command}`
      : `synthesising the app, which takes most apps 5 to 20 s: ${command}`);
    const waiting = setInterval(() => this.log(`still synthesising, for ${Math.round((Date.now() - started) / 1000)} s now`), WAITING_MILLIS);
    try {
      await synthesise({ app, directory: assembly, reaper, output, onCommand, abortSignal });
    } finally {
      clearInterval(waiting);
    }
    this.log(`synthesised in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return assembly;
  }

  private log(detail: string): void {
    this.options.log({ source: 'local', event: 'synth', detail });
  }

  /** Removes the assemblies before the last one, except those whose code is in use. */
  removeUnused(inUse: readonly string[]): void {
    const { directory } = this.options;
    if (this.count === 0) return;
    for (const name of readdirSync(directory)) {
      const assembly = join(directory, name);
      if (name !== String(this.count) && !inUse.some((code) => code.startsWith(assembly + sep))) rmSync(assembly, { recursive: true, force: true });
    }
  }
}
