import type { HistoryReporter } from './actions/action';
import { handleAddressed, readAddressed, type AddressedPorts } from './addressed-batch';
import { MessageTooLargeError, RefusedPublicationError } from './errors';
import { deliverInFrames, SHARED_FORMAT, type FrameReporter } from './frame-delivery';
import { messageBytes } from './log/frames';
import { placeBatch, type PublishLog, type QueuedPublication } from './log/publish';
import { writePlaced, writeUnplaced } from './log/publishers';
import type { QueueRecord } from './queue-batch';
import { ALL_CONNECTIONS, PUBLISH } from '../../src/private/contract';

/** A record from one of the queues. */
export interface LayeredRecord extends QueueRecord {
  /** Whether the body is the message as recipients get it. Decided by the queue it came from, never by its content. */
  readonly isPlaced: boolean;
}

export interface LayeredBatchPorts extends AddressedPorts {
  /** Absent without a history. */
  readonly log?: PublishLog;
  readonly history: Pick<HistoryReporter, 'failed'>;
  /** Absent when each message has a frame of its own. */
  readonly frames?: FrameReporter;
}

interface Read extends QueuedPublication {
  readonly record: LayeredRecord;
  readonly excluded: ReadonlySet<string>;
}

/**
 * Handles a batch of one of the queues; returns the message ids of the records that have to be received again.
 *
 * Invariants: a publisher's message is delivered only with the position that it has in the log, and keeps it when it is received again. A
 * refused or expired message gets no position.
 */
export async function handleLayeredRecords(received: readonly LayeredRecord[], deadline: number, ports: LayeredBatchPorts): Promise<string[]> {
  const { frames, log, report } = ports;
  const records = frames ? received.map(withoutSharedFormat) : received;
  const failures: string[] = [];
  const fail = ({ messageId }: LayeredRecord, error: Error, reporter: Pick<HistoryReporter, 'failed'>) => {
    reporter.failed(messageId, error);
    failures.push(messageId);
  };
  const ready: LayeredRecord[] = [];
  const publications: Read[] = [];
  for (const record of records) {
    try {
      if (record.isWorkItem || record.isPlaced || isTooOld(record, ports)) ready.push(record);
      else if (isLogged(record, ports)) publications.push(read(record, ports));
      else ready.push(unlogged(record, ports));
    } catch (error) {
      fail(record, error as Error, report);
    }
  }
  const places = log ? await placeBatch(publications, log) : [];
  for (const [nth, placed] of places.entries()) {
    const { record, excluded, channel, message } = publications[nth];
    if (placed instanceof Error) fail(record, placed, ports.history);
    else ready.push({ ...record, isPlaced: true, ...writePlaced({ channel, message: placed.message ?? message, placed }, excluded) });
  }
  const failed = frames ? await deliverInFrames(ready, deadline, { ...ports, frames }) : await handleAddressed(ready, deadline, ports);
  return [...failures, ...failed];
}

/** Removes the format that the API has anyway. */
function withoutSharedFormat<R extends QueueRecord>(record: R): R {
  const { [PUBLISH.format]: format, ...attributes } = record.attributes;
  return format === SHARED_FORMAT ? { ...record, attributes } : record;
}

/** Whether the message has expired: it is counted as such, and takes no position. */
function isTooOld(record: LayeredRecord, ports: LayeredBatchPorts): boolean {
  return ports.clock.now() >= readAddressed(record, ports).sentAt + ports.maxAgeMillis;
}

/** Whether the message is kept: a message to one connection never is, and one to a channel if its rule says so. */
function isLogged(record: LayeredRecord, ports: LayeredBatchPorts): boolean {
  const { target, rule } = readAddressed(record, ports);
  return ports.log !== undefined && (target === ALL_CONNECTIONS || (rule?.history ?? false));
}

/** Returns the message without a position. In an envelope, it names its channel. */
function unlogged(record: LayeredRecord, ports: LayeredBatchPorts): LayeredRecord {
  const { id, sentAt, text, format, excluded, channel } = readAddressed(record, ports);
  if (channel === undefined || format !== 'ENVELOPE') return record;
  return { ...record, isPlaced: true, ...writeUnplaced({ channel, message: { id, sentAt, text }, format, excluded }) };
}

function read(record: LayeredRecord, ports: LayeredBatchPorts): Read {
  const { format: apiFormat, maxBytes, frames } = ports;
  const { id, sentAt, text, format, excluded, channel = ALL_CONNECTIONS } = readAddressed(record, ports);
  if (format !== apiFormat || (frames && record.attributes[PUBLISH.format] !== undefined)) {
    throw new RefusedPublicationError(
      `the message attribute '${PUBLISH.format}' must be ${frames ? SHARED_FORMAT : apiFormat} on an API with a history, got ${format}; leave it out`,
    );
  }
  const message = { id, sentAt, text };
  const bytes = messageBytes(message, channel === ALL_CONNECTIONS ? undefined : channel);
  if (bytes > maxBytes) throw new MessageTooLargeError(bytes, maxBytes);
  return { channel, message, receipts: record.receipts, record, excluded };
}
