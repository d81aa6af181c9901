import { MUTANTS } from './mutants';
import { worldOf } from './simulate';
import { testThatEachShows } from '../simulation/showing';

testThatEachShows(MUTANTS, async (seed, { planting, scenario }) => (await worldOf(seed, planting, scenario)).violations);
