import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { benchBatches } from './batches';
import { benchChannels } from './channels';
import { benchCold } from './cold';
import { benchDelivery } from './delivery';
import { benchFanOut } from './fan-out';
import { figuresTable, holds, type Figure } from './figure';
import { benchHistory } from './history';
import { benchLocal } from './local';
import { machine, reportOf } from './markdown';
import type { Output } from './output';
import { benchPace } from './pace';
import { Stage } from './stage';
import { benchSynth } from './synth';
import { asText, type Table } from './table';

/*
 * Measures the handlers as they are shipped against a naive broadcaster and against a floor, each in a process of its
 * own with what Lambda gives it. Trust the ratios, not the numbers: all of a ratio comes from this run on this machine.
 * What is bound to time (the share of the pace, the speed-up of workers) says nothing on a machine that is busy with other things.
 *
 * usage: run.ts [--report FILE.md] [cold|delivery|pace|fanout|synth|local|history|batches|channels]…
 */

type Bench = (stage: Stage, output: Output) => Promise<Figure[]> | Figure[];

const BENCHES: Readonly<Record<string, Bench>> = {
  cold: benchCold,
  delivery: benchDelivery,
  pace: benchPace,
  fanout: benchFanOut,
  synth: benchSynth,
  local: benchLocal,
  history: benchHistory,
  batches: benchBatches,
  channels: benchChannels,
};

async function main(names: readonly string[], report?: string): Promise<void> {
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) throw new Error(`a bench must be one of ${Object.keys(BENCHES).join(', ')}, got: ${unknown.join(', ')}`);
  const started = Date.now();
  const [loadBefore] = loadavg();
  const tables: Table[] = [];
  const output: Output = {
    progress: (line) => console.error(`[${Math.round((Date.now() - started) / 1000)} s] ${line}`),
    show: (table) => {
      tables.push(table);
      console.log(asText(table));
    },
  };
  const stage = await Stage.start();
  const figures: Figure[] = [];
  try {
    for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
      try {
        figures.push(...await BENCHES[name](stage, output));
      } catch (error) {
        // The results of the others are not lost.
        process.exitCode = 1;
        output.show({ title: `The bench ${name} broke off`, head: ['reason'], rows: [[(error as Error).message]] });
      }
    }
  } finally {
    await stage.stop();
  }
  console.log(asText(figuresTable(figures)));
  console.log(machine(loadBefore));
  if (report) writeFileSync(report, reportOf({ file: report, names, machine: machine(loadBefore), figures, tables }));
  if (figures.some((figure) => !holds(figure, figure.atLeast))) process.exitCode = 1;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { report: { type: 'string' } } });

main(positionals, values.report).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
