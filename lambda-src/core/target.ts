import type { ALL_CONNECTIONS } from '../../src/private/contract';

/** Whom a message is for. Equal strings are the same target. */
export type Target = typeof ALL_CONNECTIONS | `channel:${string}` | `user:${string}` | `connection:${string}`;
