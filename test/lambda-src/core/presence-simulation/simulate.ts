import { scenarioOf, type Scenario } from './scenario';
import { World, type Planting } from './world';

/** Runs the scenario of a seed to its end; `differing` changes it where anything may fail. */
export async function worldOf(seed: number, planting?: Planting, differing?: Partial<Scenario>): Promise<World> {
  const scenario = scenarioOf(seed);
  const world = new World({ ...scenario, ...(scenario.kind !== 'calm' && differing) }, planting);
  await world.run();
  return world;
}
