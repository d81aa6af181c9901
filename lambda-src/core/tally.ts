/**
 * Counts of a broadcast.
 *
 * Each recipient is counted in exactly one of `delivered`, `gone`, `failed`, `abandoned`, and these add up to
 * `recipients`.
 */
export interface Tally {
  /** Rows that should get the message. */
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
  /** Rows of closed connections that were deleted, also by another function in the meantime. */
  pruned: number;
  /** Rows of closed connections that stay in the table until the next broadcast, or their TTL. */
  staleConnections: number;
  /** 1 when the table was not read to its end; the number of missed recipients is unknown. */
  incompleteReads: number;
  /** Slices of the delivery rate used without a reservation, because the shared budget was unreachable. */
  rateLimitFallbacks: number;
  /** Recipients that went back on the queue. They are counted when they end, not among `recipients`. */
  requeued: number;
  /** Recipients, or a broadcast with unknown recipients, dropped for age: not among `recipients`. */
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
