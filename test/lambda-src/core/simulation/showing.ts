/** Runs in which a mutant has to show. */
const RUNS = 6_000;

/** Tests that each mutant shows in some run of a simulation. @param violationsOf returns the violations of a seed with a mutant */
export function testThatEachShows<Mutant extends { readonly shows: RegExp }>(
  mutants: Readonly<Record<string, Mutant>>, violationsOf: (seed: number, mutant: Mutant) => Promise<readonly string[]>,
): void {
  test.each(Object.entries(mutants))('%s shows', async (_name, mutant) => {
    const others = new Set<string>();
    for (let seed = 1; seed <= RUNS; seed++) {
      const found = await violationsOf(seed, mutant);
      if (found.some((each) => mutant.shows.test(each))) return;
      for (const each of found) others.add(each);
    }
    throw new Error(`no run shows it; shown instead: ${[...others].slice(0, 3).join('; ') || 'nothing'}`);
  }, 120_000);
}
