import { simulate } from './simulate';
import { runSeeds } from './run-seeds';

/*
 * Simulates the delivery engine over many seeds, and prints those that violate what must always hold:
 *
 *     npx projen simulate -- --runs 1000000 [--from 1]
 */
void runSeeds(simulate);
