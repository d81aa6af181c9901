import { simulate } from './simulate';
import { runSeeds } from '../simulation/run-seeds';

/*
 * Simulates the log over many seeds, and prints those that violate what must always hold:
 *
 *     npx projen simulate:log -- --runs 1000000 [--from 1]
 */
void runSeeds(simulate);
