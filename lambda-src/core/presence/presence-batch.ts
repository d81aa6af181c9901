import type { Tick } from './presence-table';
import type { PresenceTicker } from './presence-ticker';

/** A tick as received from its queue. */
export interface TickRecord {
  readonly messageId: string;
  readonly body: string;
  /** Number of receives, this one included. */
  readonly receipts: number;
}

export interface TickBatchPorts {
  readonly ticker: Pick<PresenceTicker, 'tick'>;
  /** Whether a channel has a list; false once its rule has none any more. */
  readonly hasPresence: (channel: string) => boolean;
  readonly report: {
    failed(messageId: string, error: Error): void;
  };
}

/** Makes a list for each tick; returns the message ids of the records that have to be received again. */
export async function handleTicks(
  records: readonly TickRecord[], { ticker, hasPresence, report }: TickBatchPorts, abortSignal?: AbortSignal,
): Promise<string[]> {
  const failures: string[] = [];
  await Promise.all(records.map(async ({ messageId, body, receipts }) => {
    try {
      const tick = readTick(body);
      if (hasPresence(tick.channel)) await ticker.tick(tick, receipts > 1, abortSignal);
    } catch (error) {
      report.failed(messageId, error as Error);
      failures.push(messageId);
    }
  }));
  return failures;
}

export function writeTick(tick: Tick): string {
  return JSON.stringify(tick);
}

/** Reads a tick, which only this library's functions write. The error repeats no part of a malformed body: it may hold a channel's name. */
function readTick(body: string): Tick {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('a tick must be JSON, got something else; only the functions of the API may send to its queue');
  }
  const { channel } = Object(value) as Partial<Tick>;
  if (typeof channel !== 'string') throw new Error('a tick must name a channel, got none; only the functions of the API may send to its queue');
  return value as Tick;
}
