import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ViolationKind } from '../../harness/conformance/case';
import { CASES } from '../../harness/conformance/cases';
import { runCase } from '../../harness/conformance/run-case';
import { naiveBundle } from '../../harness/naive-bundle';
import { Rig } from '../../harness/rig';
import { shippedBundle } from '../../harness/shipped-bundle';

/*
 * Runs the conformance suite against the shipped message handler and the naive broadcaster, and writes `conformance.md`
 * beside this file. What the naive one does not claim to do is left out, and so is that it counts nothing.
 */

const WRONG: Readonly<Record<Exclude<ViolationKind, 'counts'>, string>> = {
  delivery: 'misses clients',
  stray: 'sends to the wrong connections',
  repetition: 'sends twice',
  pruning: 'leaves dead rows, or deletes living ones',
  answer: 'fails as a whole',
  afterlife: 'returns before its sends end',
  pace: 'does more than it should, or too late',
  signature: 'signs wrongly',
  privacy: 'logs the message',
};

async function verdict(rig: Rig, bundle: string, given: (typeof CASES)[number]): Promise<string> {
  const kinds = new Set((await runCase(rig, bundle, given)).map(({ kind }) => kind));
  const wrong = Object.entries(WRONG).filter(([kind]) => kinds.has(kind as ViolationKind)).map(([, words]) => words);
  return wrong.length > 0 ? wrong.join('; ') : 'right';
}

async function main(): Promise<void> {
  const cases = CASES.filter(({ naive }) => naive !== undefined);
  const rig = await Rig.start();
  const rows: string[][] = [];
  try {
    const bundles = [shippedBundle('message-handler'), naiveBundle(rig.children)];
    for (const [index, given] of cases.entries()) {
      console.error(`${index + 1} of ${cases.length}: ${given.name}`);
      const verdicts: string[] = [];
      for (const bundle of bundles) verdicts.push(await verdict(rig, bundle, given));
      rows.push([given.name, ...verdicts]);
    }
  } finally {
    await rig.stop();
  }
  const right = (column: number) => rows.filter((row) => row[column] === 'right').length;
  writeFileSync(join(__dirname, 'conformance.md'), [
    '<!-- Written by bench/naive/compare.ts -->',
    '',
    `Right in ${right(1)} and ${right(2)} of ${rows.length} situations:`,
    '',
    '| situation | this project | a naive broadcaster |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n'));
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
