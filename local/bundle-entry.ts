/* Entry of the one bundle: the test library, and the command that the package's bin runs. */
export * from '.';
export { main } from './cli/main';
