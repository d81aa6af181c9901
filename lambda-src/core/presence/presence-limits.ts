/** Limits of presence, each with its unit in its name. */
export const PRESENCE_LIMIT = {
  /** Time in which changes of a channel share a tick. */
  tickDelaySeconds: 2,
  /** Time that a user without a connection stays in the list, so that a reconnecting user never leaves it. */
  graceMillis: 10_000,
  /** Age at which a mark no longer counts: its tick may be lost. */
  markMillis: 60_000,
  /** Size limit of a list, so that each frame is billed once. */
  frameBytes: 28 * 1024,
} as const;
