import type { Outcome } from './runtime-api';

/** Runs a function of the app by ARN, with or without a version or an alias. */
export type Invoke = (functionArn: string, event: object) => Promise<Outcome>;
