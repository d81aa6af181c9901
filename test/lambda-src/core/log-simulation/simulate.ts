import { violations } from './invariants';
import { scenarioOf } from './scenario';
import { World, type WorldPlanting } from './world';

/** Runs the scenario of a seed to its end. */
export async function worldOf(seed: number, planting?: WorldPlanting): Promise<World> {
  const world = new World(scenarioOf(seed), planting);
  await world.run();
  return world;
}

/** Runs the scenario of a seed; returns the violations. */
export async function simulate(seed: number, planting?: WorldPlanting): Promise<string[]> {
  return violations(await worldOf(seed, planting));
}
