import { TUNING } from '../../src/private/contract';

/** Kept back from an invocation's time for deleting rows, giving back what is left, and the report. */
const OVERHEAD_SECONDS = 2.5;
/** The share of the rest that an item is meant to take, so that few of them go back on the queue. */
const TIME_SHARE = 0.75;

export interface ChunkSizeOptions {
  /** Deliveries per second of all workers together. */
  readonly rate: number;
  /** Invocations that deliver at once. */
  readonly workers: number;
  /** What an invocation has until its deadline. */
  readonly millis: number;
}

/** How many recipients an item gets: what one worker can send to in its time at its share of the rate. */
export function chunkSize({ rate, workers, millis }: ChunkSizeOptions): number {
  const seconds = Math.min(TUNING.chunkSeconds, (millis / 1_000 - OVERHEAD_SECONDS) * TIME_SHARE);
  return Math.min(TUNING.chunkRecipients, Math.max(TUNING.minChunkRecipients, Math.floor((rate * seconds) / workers)));
}
