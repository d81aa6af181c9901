/**
 * What a broadcast came to.
 *
 * Each recipient is counted in exactly one of `delivered`, `gone`, `failed`, `abandoned`, and these add up to
 * `recipients`.
 */
export interface Tally {
  /** Rows read that were to get the message. */
  recipients: number;
  /** API Gateway accepted the message for the recipient. */
  delivered: number;
  /** The recipient's connection is closed, or was not open yet. */
  gone: number;
  /** Refused, or lost after all tries. */
  failed: number;
  /** Not tried, or not tried to the end: the deadline came, or the broadcast was stopped. */
  abandoned: number;
  /** Sends after the first to the same recipient. */
  retried: number;
  /** Answers that asked to slow down. */
  throttled: number;
  /** Rows of gone connections that were deleted, or were deleted by someone else in the meantime. */
  pruned: number;
  /** Rows of gone connections that stay in the table until the next broadcast, or their TTL. */
  staleConnections: number;
  /** 1 when the table was not read to its end: how many recipients were missed is not known. */
  incompleteReads: number;
  /** Slices of the delivery rate that had to be guessed, since the shared budget could not be reached. */
  rateLimitFallbacks: number;
  /** Recipients that went back on the queue, to be counted when they end: they are not among `recipients`. */
  requeued: number;
  /** Recipients, or a broadcast whose recipients were not known yet, dropped for their age: not among `recipients`. */
  expired: number;
}

export function emptyTally(): Tally {
  return {
    recipients: 0,
    delivered: 0,
    gone: 0,
    failed: 0,
    abandoned: 0,
    retried: 0,
    throttled: 0,
    pruned: 0,
    staleConnections: 0,
    incompleteReads: 0,
    rateLimitFallbacks: 0,
    requeued: 0,
    expired: 0,
  };
}
