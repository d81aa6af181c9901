import { MessageTooLargeError, RefusedPublicationError } from './errors';
import { deliverInFrames, SHARED_FORMAT, type FrameReporter } from './frame-delivery';
import type { HistoryReporter } from './layered-message';
import { messageBytes } from './log/frames';
import { placeBatch, type PublishLog, type QueuedPublication } from './log/publish';
import { writePlaced } from './log/publishers';
import { readPublication } from './publication';
import { handleRecords, type QueueBatchPorts, type QueueRecord } from './queue-batch';
import { ALL_CONNECTIONS, PUBLISH } from '../../src/private/contract';

/** What came from one of the queues. */
export interface LayeredRecord extends QueueRecord {
  /** Whether it lies in the log already: by the queue that it came from, never by what is in it. */
  readonly isPlaced: boolean;
}

export interface LayeredBatchPorts extends QueueBatchPorts {
  readonly log: PublishLog;
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
 * Invariants: a publisher's message is delivered only with the position in which it lies; received again, it keeps that. One that is
 * refused or too old gets no position.
 */
export async function handleLayeredRecords(received: readonly LayeredRecord[], deadline: number, ports: LayeredBatchPorts): Promise<string[]> {
  const { frames } = ports;
  const records = frames ? received.map(withoutSharedFormat) : received;
  const failures: string[] = [];
  const fail = ({ messageId }: LayeredRecord, error: Error, report: Pick<HistoryReporter, 'failed'>) => {
    report.failed(messageId, error);
    failures.push(messageId);
  };
  const ready: LayeredRecord[] = [];
  const publications: Read[] = [];
  for (const record of records) {
    try {
      if (record.isWorkItem || record.isPlaced || isTooOld(record, ports)) ready.push(record);
      else publications.push(read(record, ports));
    } catch (error) {
      fail(record, error as Error, ports.report);
    }
  }
  for (const [nth, placed] of (await placeBatch(publications, ports.log)).entries()) {
    const { record, excluded, channel, message } = publications[nth];
    if (placed instanceof Error) fail(record, placed, ports.history);
    else ready.push({ ...record, isPlaced: true, ...writePlaced({ channel, message: placed.message ?? message, placed }, excluded) });
  }
  const failed = frames ? await deliverInFrames(ready, deadline, { ...ports, frames }) : await handleRecords(ready, deadline, ports);
  return [...failures, ...failed];
}

/** The format that the API has does not have to be named. */
function withoutSharedFormat<R extends QueueRecord>(record: R): R {
  const { [PUBLISH.format]: format, ...attributes } = record.attributes;
  return format === SHARED_FORMAT ? { ...record, attributes } : record;
}

/** What is too old already is counted like any other that is, and takes no position. */
function isTooOld(record: LayeredRecord, { format, maxAgeMillis, clock }: LayeredBatchPorts): boolean {
  return clock.now() >= readPublication(record, format).sentAt + maxAgeMillis;
}

function read(record: LayeredRecord, { format: apiFormat, maxBytes, frames }: LayeredBatchPorts): Read {
  const { id, sentAt, text, format, excluded } = readPublication(record, apiFormat);
  if (format !== apiFormat || (frames && record.attributes[PUBLISH.format] !== undefined)) {
    throw new RefusedPublicationError(
      `the message attribute '${PUBLISH.format}' must be ${frames ? SHARED_FORMAT : apiFormat} on an API with a history, got ${format}; leave it out`,
    );
  }
  const message = { id, sentAt, text };
  const bytes = messageBytes(message, undefined);
  if (bytes > maxBytes) throw new MessageTooLargeError(bytes, maxBytes);
  return { channel: ALL_CONNECTIONS, message, receipts: record.receipts, record, excluded };
}
