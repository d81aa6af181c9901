/** An entry of a queue. */
export interface QueueEntry {
  readonly body: string;
  /** Fairness group: the queue makes sure that no group holds up the others. 1 to 128 visible ASCII characters. */
  readonly group: string;
  /** @default 0 */
  readonly delaySeconds?: number;
}

/** The queue of the work items. */
export interface WorkQueue {
  /** Settles when the queue has taken all entries. Rejects when it has not, or the signal aborts, although it may have taken some. */
  send(entries: readonly QueueEntry[], abortSignal: AbortSignal): Promise<void>;
}
