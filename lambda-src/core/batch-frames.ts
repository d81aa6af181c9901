import type { QueueRecord } from './queue-batch';
import { PUBLISH } from '../../src/private/contract';

/** Largest frame that API Gateway bills as one message. */
export const FRAME_BYTES = 32 * 1024;
const FRAME_START = '{"type":"messages","messages":[';
const FRAME_END = ']}';
/** A frame is dropped when its newest message is too old, so another one can be delivered this much later than allowed. */
const MAX_SPREAD_MILLIS = 5_000;

/** A fully written message, and the record that asked for it. */
export interface Envelope {
  readonly record: QueueRecord;
  /** The message in JSON, as a frame holds it. */
  readonly json: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  /** Absent without a history. */
  readonly position?: number;
}

/** Messages that leave together. */
export interface BatchFrame {
  /** Represents all messages of the frame: it has the id of the first, and the age of the newest. */
  readonly record: QueueRecord;
  readonly envelopes: readonly Envelope[];
}

/**
 * Packs the messages of one batch into frames, by target and in the order of their positions.
 *
 * Invariants: each message is in exactly one frame; a frame has at most 32 KB unless it has only one message; messages that exclude
 * connections travel alone; all messages of a frame were received equally often, so that they come again, or end, together.
 */
export function packFrames(envelopes: readonly Envelope[]): BatchFrame[] {
  const groups = new Map<string, Envelope[]>();
  const frames: BatchFrame[] = [];
  for (const envelope of envelopes) {
    const { attributes, receipts } = envelope.record;
    if (attributes[PUBLISH.exclude] !== undefined) {
      frames.push(frameOf([envelope]));
      continue;
    }
    const key = JSON.stringify([attributes[PUBLISH.to], receipts]);
    groups.set(key, [...groups.get(key) ?? [], envelope]);
  }
  for (const group of groups.values()) frames.push(...cut(group.sort(byPosition)).map(frameOf));
  return frames;
}

/** Without positions, messages keep the order in which they were received. */
function byPosition(one: Envelope, other: Envelope): number {
  return (one.position ?? 0) - (other.position ?? 0);
}

function cut(envelopes: readonly Envelope[]): Envelope[][] {
  const frames: Envelope[][] = [];
  let bytes = Infinity;
  let earliest = 0;
  let newest = 0;
  for (const envelope of envelopes) {
    const { json, sentAt } = envelope;
    const size = Buffer.byteLength(json) + 1;
    const isFull = bytes + size > FRAME_BYTES;
    const isSpread = Math.max(newest, sentAt) - Math.min(earliest, sentAt) > MAX_SPREAD_MILLIS;
    if (isFull || isSpread) {
      frames.push([]);
      bytes = FRAME_START.length + FRAME_END.length - 1;
      earliest = newest = sentAt;
    }
    frames[frames.length - 1].push(envelope);
    bytes += size;
    earliest = Math.min(earliest, sentAt);
    newest = Math.max(newest, sentAt);
  }
  return frames;
}

function frameOf(envelopes: readonly Envelope[]): BatchFrame {
  const [{ record }] = envelopes;
  const { [PUBLISH.encoding]: _encoding, ...attributes } = record.attributes;
  return {
    envelopes,
    record: {
      ...record,
      body: FRAME_START + envelopes.map(({ json }) => json).join(',') + FRAME_END,
      attributes: { ...attributes, [PUBLISH.format]: 'RAW', [PUBLISH.sentAt]: String(Math.max(...envelopes.map(({ sentAt }) => sentAt))) },
    },
  };
}
