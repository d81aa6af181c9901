import { TUNING } from '../../src/private/contract';

/** Kept back from an invocation's time for deleting rows, returning the rest to the queue, and the report. */
const OVERHEAD_SECONDS = 2.5;
/** Share of the remaining time that an item should take, so that few items go back on the queue. */
const TIME_SHARE = 0.75;

export interface ChunkSizeOptions {
  /** Deliveries per second of all workers together. */
  readonly rate: number;
  /** Invocations that deliver at once. */
  readonly workers: number;
  /** Time of an invocation until its deadline. */
  readonly millis: number;
}

/** Recipients per item: as many as one worker can send to in its time at its share of the rate. */
export function chunkSize({ rate, workers, millis }: ChunkSizeOptions): number {
  const seconds = Math.min(TUNING.chunkSeconds, (millis / 1_000 - OVERHEAD_SECONDS) * TIME_SHARE);
  return Math.min(TUNING.chunkRecipients, Math.max(TUNING.minChunkRecipients, Math.floor((rate * seconds) / workers)));
}
