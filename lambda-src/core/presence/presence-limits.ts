/** Limits of presence, each with its unit in its name. */
export const PRESENCE_LIMIT = {
  /** Changes of a channel within this time share a tick. */
  tickDelaySeconds: 2,
  /** A user who has no connection stays in the list for this long, so that one who reconnects never leaves it. */
  graceMillis: 10_000,
  /** A mark that is older does not count: its tick may be lost. */
  markMillis: 60_000,
  /** A list that is larger is not sent, so that each frame is billed once. */
  frameBytes: 28 * 1024,
} as const;
