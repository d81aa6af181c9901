/** Limits of the log, each with its unit in its name. */
export const LOG_LIMIT = {
  /** Clocks of functions differ from the time by no more. */
  clockSkewMillis: 5_000,
  /** A position that has not been filled for this long is sealed by a reader. Sealing is safe at any age: this only saves positions. */
  sealAfterMillis: 2_000,
  /** A message that took longer from its reservation to its entry takes another position, since clients may be past the first. */
  appendWindowMillis: 5_000,
  /**
   * A reservation that is older, by the clocks of two functions, is not filled any more: its append window, a fill that the SDK gave up
   * and that is carried out late all the same, and twice the difference of the clocks.
   */
  youngMillis: 30_000,
  /** The table keeps an entry for the retention and this much longer, so that it never vanishes while a reader relies on it. */
  keptBeyondRetentionMillis: 60 * 60 * 1_000,
  /** How far back a message is looked for by its id. */
  lookBackEntries: 1_000,
  lookBackBytes: 1024 * 1024,
  /** A redelivered message cannot lie before the time at which it was sent, less this. */
  redeliveryMarginMillis: 10_000,
  /** How far back a reader without a position looks for reservations that may still be filled. */
  youngHoleBytes: 4 * 1024 * 1024,
  /** Entries of one batch that are filled at once. */
  fillsAtOnce: 32,
  /** Positions that one read seals at most. */
  sealsPerRead: 100,
  /** Entries of one request for a page: the first, before their size is known, and any later one. */
  firstReadEntries: 24,
  leastReadEntries: 8,
  mostReadEntries: 250,
  /** A reader that made no progress waits for at least this long. */
  minWaitMillis: 100,
  /** An environment forgets an entry that it read this long ago, so that what was erased does not stay. */
  cacheMillis: 60_000,
  cacheBytes: 8 * 1024 * 1024,
  /** An epoch has no more; the wire takes as many. */
  epochCharacters: 64,
  /** An answer that holds messages is one frame. */
  pageBytes: 28 * 1024,
} as const;
