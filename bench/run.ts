import { availableParallelism, loadavg } from 'node:os';
import { benchCold } from './cold';
import { benchDelivery } from './delivery';
import { holds, printFigures, type Figure } from './figure';
import { benchPace } from './pace';
import { Stage } from './stage';
import { benchSynth } from './synth';

/*
 * Measures the message handler as it is shipped against a naive broadcaster and against a floor, each in a process of its
 * own with what Lambda gives it. Trust the ratios, not the numbers: all of a ratio comes from this run on this machine.
 * What is bound to time (the share of the pace) says nothing on a machine that is busy with other things.
 *
 * usage: run.ts [cold|delivery|pace|synth]…
 */

type Bench = (stage: Stage, progress: (line: string) => void) => Promise<Figure[]> | Figure[];

const BENCHES: Readonly<Record<string, Bench>> = { cold: benchCold, delivery: benchDelivery, pace: benchPace, synth: benchSynth };

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) throw new Error(`a bench must be one of ${Object.keys(BENCHES).join(', ')}, got: ${unknown.join(', ')}`);
  const started = Date.now();
  const progress = (line: string) => console.error(`[${Math.round((Date.now() - started) / 1000)} s] ${line}`);
  const stage = await Stage.start();
  const figures: Figure[] = [];
  try {
    for (const name of names.length > 0 ? names : Object.keys(BENCHES)) figures.push(...await BENCHES[name](stage, progress));
  } finally {
    await stage.stop();
  }
  console.log(`\nFigures to reach (load of this machine: ${loadavg()[0].toFixed(1)} on ${availableParallelism()} processors)\n`);
  printFigures(figures);
  if (figures.some((figure) => !holds(figure, figure.atLeast))) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
