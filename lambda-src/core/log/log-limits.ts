/** Limits of the log, each with its unit in its name. */
export const LOG_LIMIT = {
  /** Largest difference between the clock of a function and the true time. */
  clockSkewMillis: 5_000,
  /** Age at which a reader seals an unfilled position. Sealing is safe at any age; waiting only saves positions. */
  sealAfterMillis: 2_000,
  /** Longest time from reservation to entry. After it the message takes another position, since clients may be past the first. */
  appendWindowMillis: 5_000,
  /**
   * Age at which a reservation is no longer filled, by the clocks of two functions. It covers the append window, a late fill that the SDK
   * had given up, and twice the clock skew.
   */
  youngMillis: 30_000,
  /** Time that the table keeps an entry beyond the retention, so that it never vanishes while a reader relies on it. */
  keptBeyondRetentionMillis: 60 * 60 * 1_000,
  /** Lifetime of an origin without positions. A reader renews it in the second half of this. */
  unusedOriginSeconds: 30 * 24 * 60 * 60,
  /** Number of positions that are searched for a message by its id. */
  lookBackEntries: 1_000,
  lookBackBytes: 1024 * 1024,
  /** Margin for clocks: a redelivered message is not at a position written before its sending time minus this. */
  redeliveryMarginMillis: 10_000,
  /** Bytes that a reader without a position searches for reservations which may still be filled. */
  youngHoleBytes: 4 * 1024 * 1024,
  /** Most entries of one batch that are filled at once. */
  fillsAtOnce: 32,
  /** Most positions that one read seals. */
  sealsPerRead: 100,
  /** Entries of a page's requests: the first one, before their size is known, and each later one. */
  firstReadEntries: 24,
  leastReadEntries: 8,
  mostReadEntries: 250,
  /** Shortest wait of a reader that made no progress. */
  minWaitMillis: 100,
  /** Age at which an environment forgets a cached entry, so that erased messages do not stay. */
  cacheMillis: 60_000,
  cacheBytes: 8 * 1024 * 1024,
  /** Length of the longest epoch, in the log and on the wire. */
  epochCharacters: 64,
  /** Size limit of an answer that holds messages, so that it is one frame. */
  pageBytes: 28 * 1024,
} as const;
