import { messageFrame } from './frames';
import type { LogPage, PageRoom, ReadRequest } from './log-reader';
import { publishDirect, publishQueued, type ClientMessage, type DirectResult, type PlacedMessage, type PublishLog, type QueuedResult } from './publish';
import { ALL_CONNECTIONS } from '../../../src/private/contract';
import { broadcast, type BroadcastResult } from '../broadcast';
import type { DeliveryPorts } from '../delivery-ports';
import { QueueRefusedError } from '../errors';
import { writePublication, type QueuedMessage } from '../publication';
import type { QueueEntry } from '../queue';

/** The log during one invocation. */
export interface HistoryLog extends PublishLog {
  /** Rejects when it is told to stop, or the table fails. */
  read(channel: string, request: ReadRequest, room: PageRoom): Promise<LogPage>;
}

/** What publishing needs of one invocation. */
export interface Publishing {
  readonly log: PublishLog;
  /** Epoch milliseconds by which all of it is over. */
  readonly deadline: number;
  readonly abortSignal: AbortSignal;
  /** Whose message it is: a queue sees to it that no group holds up the others. */
  readonly group: string;
}

/** Appends a client's message and passes it on. Rejects only when it is not known to be in the log. */
export type Publish = (message: ClientMessage, publishing: Publishing) => Promise<DirectResult | QueuedResult>;

export interface PublishReporter {
  broadcast(id: string, result: BroadcastResult): void;
  /** A message is in the history, and was not passed on. */
  undelivered(messageId: string, error: Error): void;
}

/** Delivers what was appended, here and now. */
export function directly(delivery: DeliveryPorts, report: PublishReporter): Publish {
  return (message, { log, deadline }) => publishDirect(message, {
    log,
    deliver: async (placed) => {
      const body = Buffer.from(envelopeOf(placed));
      const result = await broadcast({ body, recipients: delivery.recipientsOf(ALL_CONNECTIONS), deadline }, delivery);
      report.broadcast(placed.message.id, afterFill(result));
      return result.tally.delivered;
    },
    undelivered: (placed, error) => report.undelivered(placed.message.id, error),
  });
}

/** Takes messages with their position to where they are delivered. */
export interface MessageQueue {
  publish(entry: QueueEntry, attributes: Readonly<Record<string, string>>, abortSignal: AbortSignal): Promise<void>;
}

/** Puts what was appended on a queue. */
export function byQueue(queue: MessageQueue, report: Pick<PublishReporter, 'undelivered'>): Publish {
  return (message, { log, abortSignal, group }) => publishQueued(message, {
    log,
    enqueue: async (placed) => {
      const { body, attributes } = writePlaced(placed);
      await queue.publish({ body, group }, attributes, abortSignal).catch((error: unknown) => {
        throw new QueueRefusedError(error);
      });
    },
    undelivered: (placed, error) => report.undelivered(placed.message.id, error),
  });
}

/** A message with its position as a publication, of which nothing has to be worked out any more. */
export function writePlaced(
  placed: PlacedMessage, excluded: ReadonlySet<string> = new Set(),
): Pick<QueuedMessage, 'body'> & { attributes: Record<string, string> } {
  const { message: { id, sentAt } } = placed;
  return writePublication({ id, sentAt, text: envelopeOf(placed), format: 'RAW', target: ALL_CONNECTIONS, excluded });
}

function envelopeOf({ channel, message, placed: { position } }: PlacedMessage): string {
  return JSON.stringify(messageFrame(message, channel === ALL_CONNECTIONS ? undefined : channel, position));
}

/** After the fill nothing is refused: a broadcast that did not take place leaves its recipients abandoned. */
function afterFill({ failure, brokenOff, ...result }: BroadcastResult): BroadcastResult {
  return { ...result, brokenOff: failure ?? brokenOff };
}
