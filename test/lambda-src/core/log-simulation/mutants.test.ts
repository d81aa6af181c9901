import { MUTANTS } from './mutants';
import { simulate } from './simulate';

/** Runs in which a mutant has to show. */
const RUNS = 6_000;

test.each(Object.entries(MUTANTS))('%s shows', async (_name, { planting, shows }) => {
  const others = new Set<string>();
  for (let seed = 1; seed <= RUNS; seed++) {
    const found = await simulate(seed, planting);
    if (found.some((each) => shows.test(each))) return;
    for (const each of found) others.add(each);
  }
  throw new Error(`no run shows it; shown instead: ${[...others].slice(0, 3).join('; ') || 'nothing'}`);
}, 120_000);
