import { MUTANTS } from './mutants';
import { simulate } from './simulate';
import { testThatEachShows } from '../simulation/showing';

testThatEachShows(MUTANTS, (seed, { planting }) => simulate(seed, planting));
