import { LOG_LIMIT } from './log-limits';
import type { LoggedMessage } from './log-table';
import type { Appended, Placed } from './log-writer';

/** A message for a channel. */
export interface ChannelMessage {
  readonly channel: string;
  readonly message: LoggedMessage;
}

/** A message with a position in the log: only such a message is delivered. */
export interface PlacedMessage extends ChannelMessage {
  readonly placed: Placed;
}

/** Reads and writes the log. Each call rejects when the signal aborts or the table fails. */
export interface PublishLog {
  append(channel: string, message: LoggedMessage): Promise<Placed>;
  /** Never rejects. */
  appendAll(channel: string, messages: readonly LoggedMessage[]): Promise<readonly Appended[]>;
  /** Finds messages that may have been appended before. @param notBefore a time before which none was, in epoch milliseconds */
  find(channel: string, ids: ReadonlySet<string>, notBefore?: number): Promise<ReadonlyMap<string, Placed>>;
}

export interface DirectPorts {
  readonly log: PublishLog;
  /** Delivers a message, reports the result, and returns how many connections are known to have it. */
  deliver(message: PlacedMessage): Promise<number>;
  /** Records that a message in the log was not delivered: readers of the log get it. */
  undelivered(message: PlacedMessage, error: Error): void;
}

export interface QueuePorts {
  readonly log: PublishLog;
  /** Passes a message on for delivery; rejects when the queue does not take it. */
  enqueue(message: PlacedMessage): Promise<void>;
  undelivered(message: PlacedMessage, error: Error): void;
}

export interface ClientMessage extends ChannelMessage {
  /** Whether the client sent it before and got no answer. */
  readonly again: boolean;
}

/** Result of publishing a client's message in direct mode. */
export interface DirectResult {
  readonly placed: Placed;
  readonly delivered: number;
}

/** Result of publishing a client's message in queued mode. */
export interface QueuedResult {
  readonly placed: Placed;
  /** Whether it is on its way; if not, sending it again uses its position. */
  readonly isQueued: boolean;
}

/** Appends a client's message, then delivers it. Rejects only when it is not known to be in the log: nothing is refused after the fill. */
export async function publishDirect(message: ClientMessage, { log, deliver, undelivered }: DirectPorts): Promise<DirectResult> {
  const placedMessage = await place(message, log);
  const delivered = await deliver(placedMessage).catch((error: Error) => {
    undelivered(placedMessage, error);
    return 0;
  });
  return { placed: placedMessage.placed, delivered };
}

/** Appends a client's message, then puts it on the queue with its position. Rejects only when it is not known to be in the log. */
export async function publishQueued(message: ClientMessage, { log, enqueue, undelivered }: QueuePorts): Promise<QueuedResult> {
  const placedMessage = await place(message, log);
  const isQueued = await enqueue(placedMessage).then(() => true, (error: Error) => {
    undelivered(placedMessage, error);
    return false;
  });
  return { placed: placedMessage.placed, isQueued };
}

/** Finds or appends the message. It is delivered in both cases: the first time it may have reached nobody. */
async function place({ channel, message, again }: ClientMessage, log: PublishLog): Promise<PlacedMessage> {
  const known = again ? (await log.find(channel, new Set([message.id]))).get(message.id) : undefined;
  return { channel, message: known?.message ?? message, placed: known ?? await log.append(channel, message) };
}

/** A message as the planner received it from a queue. */
export interface QueuedPublication extends ChannelMessage {
  /** Position of the message; absent for a publisher's message. */
  readonly placed?: Placed;
  /** Number of receives by the queue's count, this one included. */
  readonly receipts: number;
}

/**
 * Gives each message of a batch its place, with one reservation per channel for all that have none. A message that was received before is
 * looked up first, so that it keeps its position. Never rejects: the result has an error for each message without a place, in the order of
 * the batch.
 */
export async function placeBatch(publications: readonly QueuedPublication[], log: PublishLog): Promise<(Placed | Error)[]> {
  const results = new Map<QueuedPublication, Placed | Error>();
  for (const publication of publications) if (publication.placed) results.set(publication, publication.placed);
  const byChannel = new Map<string, QueuedPublication[]>();
  for (const publication of publications.filter(({ placed }) => !placed)) {
    byChannel.set(publication.channel, [...byChannel.get(publication.channel) ?? [], publication]);
  }
  await Promise.all([...byChannel].map(async ([channel, group]) => {
    for (const [publication, placed] of await placeInChannel(channel, group, log)) results.set(publication, placed);
  }));
  return publications.map((publication) => results.get(publication)!);
}

async function placeInChannel(
  channel: string, publications: readonly QueuedPublication[], log: PublishLog,
): Promise<Map<QueuedPublication, Placed | Error>> {
  const results = new Map<QueuedPublication, Placed | Error>();
  const again = publications.filter(({ receipts }) => receipts > 1);
  const known = await findAgain(channel, again, log);
  for (const publication of again) {
    // Without a known position, appending would give the message a second one.
    const found = known instanceof Error ? known : known.get(publication.message.id);
    if (found) results.set(publication, found);
  }
  const fresh = publications.filter((publication) => !results.has(publication));
  const appended = fresh.length > 0 ? await log.appendAll(channel, fresh.map(({ message }) => message)) : [];
  for (const [nth, publication] of fresh.entries()) {
    const outcome = appended[nth];
    results.set(publication, 'error' in outcome ? outcome.error : outcome);
  }
  return results;
}

async function findAgain(channel: string, again: readonly QueuedPublication[], log: PublishLog): Promise<ReadonlyMap<string, Placed> | Error> {
  if (again.length === 0) return new Map();
  const notBefore = Math.min(...again.map(({ message }) => message.sentAt)) - LOG_LIMIT.redeliveryMarginMillis;
  return log.find(channel, new Set(again.map(({ message }) => message.id)), notBefore).catch((error: Error) => error);
}
