import { AddressedBatch, handleAddressed, readAddressed, type AddressedPorts, type PatternMarks } from './addressed-batch';
import { FRAME_BYTES, packFrames, type Envelope } from './batch-frames';
import { checkSize, encode } from './message';
import type { QueueRecord, Requested } from './queue-batch';
import { PUBLISH } from '../../src/private/contract';

/** Counts messages, and the frames in which they leave. */
export interface FrameReporter {
  framed(messages: number, frames: number): void;
}

export interface FrameDeliveryPorts extends AddressedPorts {
  readonly frames: FrameReporter;
}

/** A record; `isPlaced` marks a body that is the message as a frame holds it. */
export interface FrameRecord extends QueueRecord {
  readonly isPlaced: boolean;
}

/** Name that publishers use for the format of an API with shared frames. */
export const SHARED_FORMAT = 'BATCH';

/**
 * Handles a batch of one of the queues like `handleAddressed`, but messages to one target share frames.
 *
 * Invariants: the messages of a frame come again together, or not at all. A message with a format of its own, or with an error, travels alone.
 * The recipients of a target are read once for all of them.
 */
export async function deliverInFrames(records: readonly FrameRecord[], deadline: number, ports: FrameDeliveryPorts): Promise<string[]> {
  const envelopes: Envelope[] = [];
  const others: QueueRecord[] = [];
  for (const record of records) {
    const envelope = envelopeOf(record, ports);
    if (envelope) envelopes.push(envelope);
    else others.push(record);
  }
  const frames = packFrames(envelopes);
  if (frames.length > 0) ports.frames.framed(envelopes.length, frames.length);
  const framed = new Map(frames.map(({ record, envelopes: members }) => [record.messageId, members]));
  const batchOf = (marks: PatternMarks) => new FrameBatch(deadline, ports, marks, new Set(framed.keys()));
  const failures = await handleAddressed([...others, ...frames.map(({ record }) => record)], deadline, ports, batchOf);
  return failures.flatMap((id) => framed.get(id)?.map(({ record }) => record.messageId) ?? [id]);
}

/** A batch in which a frame may be larger than a message. */
class FrameBatch extends AddressedBatch {
  private readonly messageBytes: number;

  /** @param frames the ids of the records that are frames */
  constructor(deadline: number, ports: FrameDeliveryPorts, marks: PatternMarks, private readonly frames: ReadonlySet<string>) {
    super(deadline, { ...ports, maxBytes: FRAME_BYTES }, marks);
    this.messageBytes = ports.maxBytes;
  }

  protected override read(record: QueueRecord): Requested | undefined {
    if (!this.frames.has(record.messageId)) checkSize(readAddressed(record, this.addressed), this.messageBytes);
    return super.read(record);
  }
}

/**
 * Returns the message as a frame holds it; undefined for a record that is handled alone: a work item, another format, a refused or expired
 * message.
 */
function envelopeOf(record: FrameRecord, ports: FrameDeliveryPorts): Envelope | undefined {
  const { maxBytes, maxAgeMillis, clock } = ports;
  const { isWorkItem, isPlaced, attributes } = record;
  if (isWorkItem || (!isPlaced && attributes[PUBLISH.format] !== undefined)) return undefined;
  try {
    const message = readAddressed(record, ports);
    checkSize(message, maxBytes);
    const { sentAt } = message;
    if (clock.now() >= sentAt + maxAgeMillis) return undefined;
    const json = encode(message).toString('utf8');
    return { record, json, sentAt, position: isPlaced ? JSON.parse(json).position : undefined };
  } catch {
    // Its error is reported when the record is handled alone.
    return undefined;
  }
}
