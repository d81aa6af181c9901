/** Whom a message is for. Equal strings are the same target. */
export type Target = typeof EVERYONE | `channel:${string}` | `user:${string}` | `connection:${string}`;

/** The target of a message to every connection of the API. */
export const EVERYONE = 'all' as const;
