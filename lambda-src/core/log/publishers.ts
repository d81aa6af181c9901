import { messageFrame } from './frames';
import type { LogPage, PageRoom, ReadRequest } from './log-reader';
import { publishDirect, publishQueued, type ClientMessage, type PlacedMessage, type PublishLog } from './publish';
import { ALL_CONNECTIONS, PUBLISH, type MessageFormatName } from '../../../src/private/contract';
import { TARGET_PREFIX } from '../../../src/private/layer-contract';
import { broadcast, totalFailure, type BroadcastResult } from '../broadcast';
import type { RecipientSource } from '../connection';
import type { DeliveryPorts } from '../delivery-ports';
import { QueueRefusedError } from '../errors';
import { encode } from '../message';
import { writePublication, type QueuedMessage } from '../publication';
import type { QueueEntry } from '../queue';
import type { Target } from '../target';

/** The log during one invocation. */
export interface HistoryLog extends PublishLog {
  /** Rejects when the signal aborts or the table fails. */
  read(channel: string, request: ReadRequest, room: PageRoom): Promise<LogPage>;
}

/** A client's message that has passed all checks. */
export interface Outgoing extends ClientMessage {
  /** Pattern of the channel's rule; absent for all connections. */
  readonly pattern?: string;
  /** Whether it gets a position. A message with a position is an envelope in any format. */
  readonly isLogged: boolean;
  readonly format: MessageFormatName;
  /** Ids of connections that do not receive. */
  readonly excluded: ReadonlySet<string>;
}

/** Result of publishing. */
export interface Published {
  /** Position in the log; absent when the message is not kept. */
  readonly position?: number;
  /** Connections known to have it, once the broadcast is over; absent when it is delivered later. */
  readonly delivered?: number;
  /** Whether it was delivered or is on its way. If not, it is in the log: sending it again uses its position. */
  readonly isPassedOn: boolean;
}

/** Context of one invocation for publishing. */
export interface Publishing {
  /** Absent for a message that is not kept. */
  readonly log?: PublishLog;
  /** Deadline of the whole work, in epoch milliseconds. */
  readonly deadline: number;
  readonly abortSignal: AbortSignal;
  /** Recipients, if they were read already. */
  readonly recipients?: RecipientSource;
  /** Fairness group of the sender: the queue makes sure that no group holds up the others. */
  readonly group: string;
}

/** Appends a client's message where it is kept, and passes it on. Rejects only when it is neither known to be in the log nor passed on. */
export type Publish = (message: Outgoing, publishing: Publishing) => Promise<Published>;

export interface PublishReporter {
  /** @param pattern pattern of the channel's rule; absent for all connections */
  broadcast(id: string, result: BroadcastResult, pattern?: string): void;
  /** Records that a message is in the history but was not passed on. */
  undelivered(messageId: string, error: Error): void;
}

/** Delivers within this invocation. */
export function directly(delivery: DeliveryPorts, report: PublishReporter): Publish {
  return async (message, { log, deadline, recipients }) => {
    const { channel, pattern, excluded } = message;
    const recipientsNow = () => recipients ?? delivery.recipientsOf(targetOf(channel));
    const deliver = (body: Buffer) => broadcast({ body, recipients: recipientsNow(), excluded, deadline }, delivery);
    if (!log) {
      const result = await deliver(Buffer.from(textOf(message)));
      report.broadcast(message.message.id, result, pattern);
      const failure = totalFailure(result);
      if (failure) throw failure;
      return { delivered: result.tally.delivered, isPassedOn: true };
    }
    const { placed: { position }, delivered } = await publishDirect(message, {
      log,
      deliver: async (placed) => {
        const result = await deliver(Buffer.from(envelopeOf(placed)));
        report.broadcast(placed.message.id, afterFill(result), pattern);
        return result.tally.delivered;
      },
      undelivered: (placed, error) => report.undelivered(placed.message.id, error),
    });
    return { position, delivered, isPassedOn: true };
  };
}

/** Queue that takes messages with their position to the delivery handler. */
export interface MessageQueue {
  publish(entry: QueueEntry, attributes: Readonly<Record<string, string>>, abortSignal: AbortSignal): Promise<void>;
}

/** Puts messages on a queue. */
export function byQueue(queue: MessageQueue, report: Pick<PublishReporter, 'undelivered'>): Publish {
  return async (message, { log, abortSignal, group }) => {
    const enqueue = async ({ body, attributes }: Written) => queue.publish({ body, group }, attributes, abortSignal).catch((error: unknown) => {
      throw new QueueRefusedError(error);
    });
    if (!log) {
      await enqueue(writeUnplaced(message));
      return { isPassedOn: true };
    }
    const { placed: { position }, isQueued } = await publishQueued(message, {
      log,
      enqueue: (placed) => enqueue(writePlaced(placed, message.excluded)),
      undelivered: (placed, error) => report.undelivered(placed.message.id, error),
    });
    return { position, isPassedOn: isQueued };
  };
}

type Written = Pick<QueuedMessage, 'body'> & { readonly attributes: Record<string, string> };

/** Writes a message with its position as a complete publication. */
export function writePlaced(placed: PlacedMessage, excluded: ReadonlySet<string> = new Set()): Written {
  return writtenFor(placed, envelopeOf(placed), excluded);
}

/** Writes a message that is not kept as a publication, as its recipients get it. */
export function writeUnplaced(message: Pick<Outgoing, 'channel' | 'message' | 'format' | 'excluded'>): Written {
  return writtenFor(message, textOf(message), message.excluded);
}

function writtenFor({ channel, message: { id, sentAt } }: Pick<PlacedMessage, 'channel' | 'message'>, text: string, excluded: ReadonlySet<string>): Written {
  const { body, attributes } = writePublication({ id, sentAt, text, format: 'RAW', target: ALL_CONNECTIONS, excluded });
  return { body, attributes: { ...attributes, ...(channel !== ALL_CONNECTIONS && { [PUBLISH.to]: `${TARGET_PREFIX.channel}${channel}` }) } };
}

function envelopeOf({ channel, message, placed: { position } }: PlacedMessage): string {
  return JSON.stringify(messageFrame(message, shownChannel(channel), position));
}

/** Returns the text of a message that is not kept, as its recipients get it. */
function textOf({ channel, message, format }: Pick<Outgoing, 'channel' | 'message' | 'format'>): string {
  if (format === 'ENVELOPE') return JSON.stringify(messageFrame(message, shownChannel(channel)));
  return encode({ ...message, format, target: targetOf(channel), excluded: new Set() }).toString('utf8');
}

/** Bytes of a message as its recipients get it, without its position. */
export function writtenBytes({ isLogged, ...message }: Pick<Outgoing, 'channel' | 'message' | 'format' | 'isLogged'>): number {
  return Buffer.byteLength(textOf(isLogged ? { ...message, format: 'ENVELOPE' } : message));
}

function targetOf(channel: string): Target {
  return channel === ALL_CONNECTIONS ? ALL_CONNECTIONS : `${TARGET_PREFIX.channel}${channel}`;
}

function shownChannel(channel: string): string | undefined {
  return channel === ALL_CONNECTIONS ? undefined : channel;
}

/** Nothing is refused after the fill: the recipients of a failed broadcast count as abandoned. */
function afterFill({ failure, brokenOff, ...result }: BroadcastResult): BroadcastResult {
  return { ...result, brokenOff: failure ?? brokenOff };
}
