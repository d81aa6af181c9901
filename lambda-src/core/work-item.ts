import type { Connection } from './connection';
import { MalformedWorkItemError } from './errors';
import { QUOTA, RESERVED_KEY_PREFIX, TUNING } from '../../src/private/contract';

/** One message to some of the recipients of its broadcast. */
export interface WorkItem {
  /** Id of the broadcast. */
  readonly id: string;
  /** Epoch milliseconds from which nothing of it is sent. */
  readonly expiresAt: number;
  /** Bytes that each recipient gets. */
  readonly body: Uint8Array;
  /** Recipients that were connected when the broadcast was planned. */
  readonly recipients: readonly Connection[];
  /** Number of failed attempts for these recipients. */
  readonly attempt: number;
  /** Number of times that the rest went back on the queue after some had been sent to. */
  readonly hop: number;
  /** Number of consecutive times that the item went back before anything was sent. @default 0 */
  readonly waits?: number;
}

/** Raise it when a member changes its meaning: a deployment receives items of the one before. */
const VERSION = 1;

/** Form of a broadcast's id that both the queue and clients accept. */
const ID = /^[\x21-\x7e]{1,128}$/;

/** The written form: short, since a large broadcast is thousands of these. */
interface Written {
  readonly v: number;
  readonly id: string;
  readonly expiresAt: number;
  /** Base64. */
  readonly body: string;
  /** Connection ids, and when each connected, in epoch milliseconds: 0 where that is not known. */
  readonly ids: readonly string[];
  readonly times: readonly number[];
  readonly attempt: number;
  readonly hop: number;
  readonly waits?: number;
}

export function writeWorkItem({ id, expiresAt, body, recipients, attempt, hop, waits = 0 }: WorkItem): string {
  const written: Written = {
    v: VERSION,
    id,
    expiresAt,
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
    ids: recipients.map(({ connectionId }) => connectionId),
    times: recipients.map(({ connectedAt = 0 }) => connectedAt),
    attempt,
    hop,
    ...(waits > 0 && { waits }),
  };
  return JSON.stringify(written);
}

/** Bytes that a recipient adds to a written item. */
export function writtenBytesOf({ connectionId }: Connection): number {
  return Buffer.byteLength(JSON.stringify(connectionId)) + 15;
}

/** Reads a written item. Errors repeat no part of it: it may hold a message. */
export function readWorkItem(text: string): WorkItem {
  const { v, id, expiresAt, body, ids, times, attempt, hop, waits = 0 } = parse(text);
  if (v !== VERSION) throw new MalformedWorkItemError(`must have version ${VERSION}, got ${typeof v === 'number' ? v : typeof v}`);
  if (typeof id !== 'string' || !ID.test(id)) throw new MalformedWorkItemError('must have an id of 1 to 128 visible ASCII characters');
  if (!isCount(expiresAt) || expiresAt === 0) throw new MalformedWorkItemError('must say when it expires');
  const bytes = readBody(body);
  if (!isCount(attempt) || attempt >= TUNING.workItemAttempts) {
    throw new MalformedWorkItemError(`must have been tried in vain fewer than ${TUNING.workItemAttempts} times`);
  }
  if (!isCount(hop) || hop > TUNING.workItemHops) throw new MalformedWorkItemError(`must have gone back at most ${TUNING.workItemHops} times`);
  if (attempt > hop) throw new MalformedWorkItemError('must have gone back for each time that it was tried in vain');
  if (!isCount(waits)) throw new MalformedWorkItemError('must say how often it has waited, if it has');
  return { id, expiresAt, body: bytes, recipients: readRecipients(ids, times), attempt, hop, ...(waits > 0 && { waits }) };
}

/** Decodes the message; base64 has exactly one way to write it. */
function readBody(body: unknown): Buffer {
  const bytes = Buffer.from(typeof body === 'string' ? body : '', 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== body || bytes.length > QUOTA.messageBytes) {
    throw new MalformedWorkItemError(`must have a body of 1 to ${QUOTA.messageBytes} bytes in base64`);
  }
  return bytes;
}

function parse(text: string): { readonly [member in keyof Written]?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new MalformedWorkItemError(`must be JSON, got ${text.length} characters that are not`);
  }
}

function readRecipients(ids: unknown, times: unknown): Connection[] {
  if (!Array.isArray(ids) || !Array.isArray(times) || ids.length !== times.length || ids.length === 0 || ids.length > TUNING.chunkRecipients) {
    throw new MalformedWorkItemError(`must have 1 to ${TUNING.chunkRecipients} recipients, each with a time`);
  }
  if (!ids.every((id) => typeof id === 'string' && id !== '' && !id.startsWith(RESERVED_KEY_PREFIX)) || !times.every(isCount)) {
    throw new MalformedWorkItemError(`must have recipients with an id and a time each; no id begins with ${RESERVED_KEY_PREFIX}`);
  }
  if (new Set(ids).size < ids.length) throw new MalformedWorkItemError('must have each recipient once');
  return ids.map((connectionId: string, index) => ({ connectionId, connectedAt: times[index] || undefined }));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
