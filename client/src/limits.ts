/* Numbers that no option changes. Without an import in this file, the bundle has them in place of their names. */

/** The `readyState` of a WebSocket that is open. */
export const OPEN = 1;
/** A client that was never let in tries so often. */
export const FIRST_ATTEMPTS = 5;
/** A server that failed is tried so often. */
export const TRIES = 3;
/** Characters of a `ref`. The server cannot answer under a longer one. */
export const MAX_REF = 64;
/** Channels of one request. */
export const MOST_JOINED = 50;
/** Messages that can be loaded at opening. */
export const MOST_LOADED = 1_000;
/** Held messages are in the history as well: beyond so many they are let go, and read again. */
export const MOST_HELD = 10_000;
/** A server seals an empty position after seconds. One that answers for so long without getting on has begun anew. */
export const STUCK_MILLIS = 30_000;
/** Repetitions come within minutes: so many ids are remembered. */
export const REMEMBERED = 10_000;
