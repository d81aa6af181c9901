import type { Outcome } from './runtime-api';

/** Runs a function of the app. */
export type Invoke = (functionName: string, event: object) => Promise<Outcome>;
