import { LOG_LIMIT } from './log-limits';
import { bytesOf, type LogTable } from './log-table';
import type { Placed } from './log-writer';

/** Entries of the first request: a message that comes again is usually among the newest. */
const FIRST = 100;

/**
 * Finds messages by id that may have been appended before, in the newest 1,000 positions and at most a mebibyte.
 *
 * @param notBefore a time before which none of them was appended, in epoch milliseconds
 */
export async function lookBack(
  table: LogTable, channel: string, ids: ReadonlySet<string>, notBefore = -Infinity, abortSignal?: AbortSignal,
): Promise<Map<string, Placed>> {
  const found = new Map<string, Placed>();
  const origin = await table.origin(channel, abortSignal);
  if (!origin) return found;
  const { epoch, first, last } = origin;
  const from = Math.max(first, last - LOG_LIMIT.lookBackEntries) + 1;
  let [to, bytes, limit] = [last, 0, FIRST];
  while (to >= from && bytes <= LOG_LIMIT.lookBackBytes && found.size < ids.size) {
    const { entries, isComplete } = await table.entries({ channel, epoch }, { from, to, limit, newestFirst: true }, abortSignal);
    for (const entry of entries) {
      bytes += bytesOf(entry);
      const { position, at, message } = entry;
      if (message && at < notBefore) return found;
      // The newest position counts when a message has two: it is the one that was acknowledged last.
      if (message && ids.has(message.id) && !found.has(message.id)) found.set(message.id, { epoch, position, message });
    }
    if (isComplete) break;
    [to, limit] = [entries[entries.length - 1].position - 1, LOG_LIMIT.lookBackEntries];
  }
  return found;
}
