import { runSeeds } from './run-seeds';
import { simulate } from './simulate';

/*
 * Simulates the delivery engine for many seeds, and prints those that violate an invariant:
 *
 *     npx projen simulate -- --runs 1000000 [--from 1]
 */
void runSeeds(simulate);
