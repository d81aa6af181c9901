/**
 * Options of the presence of a channel.
 */
export interface PresenceOptions {
  /**
   * Maximum users that a list names.
   *
   * From 1 to 500. With more users, a list has only their number. A list is one frame of at most 28 KB: long names lower the number that fits.
   *
   * @default 200
   */
  readonly maxUsers?: number;
}
