import { worldOf } from './simulate';
import { runSeeds } from '../simulation/run-seeds';

/*
 * Simulates the members of channels for many seeds, and prints those that violate an invariant:
 *
 *     npx projen simulate:members -- --runs 100000 [--from 1]
 */
void runSeeds(async (seed) => (await worldOf(seed)).violations);
