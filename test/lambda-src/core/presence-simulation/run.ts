import { worldOf } from './simulate';
import { runSeeds } from '../simulation/run-seeds';

/*
 * Simulates presence for many seeds, and prints those that violate an invariant:
 *
 *     npx projen simulate:presence -- --runs 100000 [--from 1]
 */
void runSeeds(async (seed) => (await worldOf(seed)).violations);
