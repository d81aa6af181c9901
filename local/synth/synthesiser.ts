import { readdirSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { synthesise } from './synthesise';
import type { Reaper } from '../lambda/reaper';
import type { Log } from '../log';

export interface SynthesiserOptions {
  /** Command line of the app; else the one in cdk.json. */
  readonly app?: string;
  /** Where the cloud assemblies are to be written. */
  readonly directory: string;
  readonly reaper: Reaper;
  readonly log: Log;
  readonly abortSignal: AbortSignal;
}

/** Synthesises an app, as often as is asked, each time into a directory of its own: code of an earlier one may still be running. */
export class Synthesiser {
  private count = 0;

  constructor(private readonly options: SynthesiserOptions) {}

  async next(): Promise<string> {
    const { app, directory, reaper, abortSignal, log } = this.options;
    const started = Date.now();
    this.count++;
    const assembly = join(directory, String(this.count));
    log({ source: 'local', event: 'synth', detail: 'synthesising the app' });
    await synthesise({ app, directory: assembly, reaper, abortSignal });
    log({ source: 'local', event: 'synth', detail: `synthesised in ${((Date.now() - started) / 1000).toFixed(1)} s` });
    return assembly;
  }

  /** Removes the assemblies before the last one, but those out of which code is run. */
  removeUnused(inUse: readonly string[]): void {
    const { directory } = this.options;
    if (this.count === 0) return;
    for (const name of readdirSync(directory)) {
      const assembly = join(directory, name);
      if (name !== String(this.count) && !inUse.some((code) => code.startsWith(assembly + sep))) rmSync(assembly, { recursive: true, force: true });
    }
  }
}
