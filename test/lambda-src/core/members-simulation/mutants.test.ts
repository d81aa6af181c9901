import { MUTANTS } from './mutants';
import { worldOf } from './simulate';

/** Runs in which a mutant has to show. */
const RUNS = 6_000;

test.each(Object.entries(MUTANTS))('%s shows', async (_name, { planting, shows, scenario }) => {
  const others = new Set<string>();
  for (let seed = 1; seed <= RUNS; seed++) {
    const { violations } = await worldOf(seed, planting, scenario);
    if (violations.some((each) => shows.test(each))) return;
    for (const each of violations) others.add(each);
  }
  throw new Error(`no run shows it; shown instead: ${[...others].slice(0, 3).join('; ') || 'nothing'}`);
}, 120_000);
