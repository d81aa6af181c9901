/** What is put on a queue. */
export interface QueueEntry {
  readonly body: string;
  /** Whose message it is: the queue sees to it that no group holds up the others. 1 to 128 visible ASCII characters. */
  readonly group: string;
  /** @default 0 */
  readonly delaySeconds?: number;
}

/** The queue of the work items. */
export interface WorkQueue {
  /** Settles when the queue has taken all entries; rejects when it has not, or is told to stop, although it may have taken some. */
  send(entries: readonly QueueEntry[], abortSignal: AbortSignal): Promise<void>;
}
