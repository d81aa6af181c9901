import { runSeeds } from './run-seeds';
import { simulate } from './simulate';

/*
 * Simulates the delivery engine over many seeds, and prints those that violate what must always hold:
 *
 *     npx projen simulate -- --runs 1000000 [--from 1]
 */
void runSeeds(simulate);
