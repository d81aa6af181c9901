import { simulate } from './simulate';
import { runSeeds } from '../simulation/run-seeds';

/*
 * Simulates the log for many seeds, and prints those that violate an invariant:
 *
 *     npx projen simulate:log -- --runs 1000000 [--from 1]
 */
void runSeeds(simulate);
