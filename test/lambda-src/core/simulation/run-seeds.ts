import { parseArgs } from 'node:util';

/**
 * Simulates many seeds, and prints those that violate an invariant. Arguments: `--runs`, and `--from` for the first seed.
 *
 * @param simulate returns the violations of a seed
 */
export async function runSeeds(simulate: (seed: number) => Promise<readonly string[]>): Promise<void> {
  // projen passes the dashes on.
  const args = process.argv.slice(2).filter((arg) => arg !== '--');
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } } });
  const [runs, from] = [Number(values.runs), Number(values.from)];
  const started = Date.now();
  let failed = 0;
  for (let run = 0; run < runs; run++) {
    const found = await simulate(from + run);
    if (found.length > 0) {
      failed++;
      console.log(`seed ${from + run}:\n  ${found.slice(0, 5).join('\n  ')}`);
    }
    if ((run + 1) % 10_000 === 0) console.log(`${run + 1} of ${runs} runs, ${failed} failed, ${Math.round((Date.now() - started) / 1000)} s`);
  }
  console.log(`${runs} runs from seed ${from}: ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
