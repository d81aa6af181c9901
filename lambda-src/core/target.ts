import type { ALL_CONNECTIONS } from '../../src/private/contract';

/** Recipients of a message. Equal strings are the same target. */
export type Target = typeof ALL_CONNECTIONS | `channel:${string}` | `user:${string}` | `connection:${string}`;
