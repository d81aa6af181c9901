/**
 * Options of `presence`: how the members of a channel learn who is there.
 */
export interface PresenceOptions {
  /**
   * Most users whom a list names; above it, members learn only how many there are.
   *
   * From 1 to 500. A list is one frame of at most 28 KB: long names lower the number that fits.
   *
   * @default 200
   */
  readonly maxUsers?: number;
}
