import { engine } from './engine';
import { violations } from './invariants';
import type { Planting } from './invocation';
import { scenarioOf } from './scenario';
import { World } from './world';

/** Runs the scenario of a seed to its end. */
export async function worldOf(seed: number, planting: Planting = { engine }): Promise<World> {
  const world = new World(scenarioOf(seed), planting);
  await world.run();
  return world;
}

/** Runs the scenario of a seed; returns the violations. */
export async function simulate(seed: number, planting?: Planting): Promise<string[]> {
  return violations(await worldOf(seed, planting));
}
