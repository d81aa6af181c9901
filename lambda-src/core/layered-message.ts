import type { ActionRate } from './action-rate';
import { listsName, type ClaimRule } from './claim-access';
import { within, type Clock } from './clock';
import { MessageTooLargeError, RateExceededError, SenderUnknownError } from './errors';
import { takeIn, type IncomingMessage, type IntakePorts } from './intake';
import {
  ackFrame, appendErrorFrame, errorFrame, historyFrame, historyRoom, messageBytes, unqueuedErrorFrame,
  type AckFrame, type ErrorCode, type ErrorFrame, type HistoryFrame,
} from './log/frames';
import { messageIdOf } from './log/message-id';
import type { HistoryLog, Publish } from './log/publishers';
import { parseHistory, parsePublish, type Parsed } from './log/requests';
import { senderNameOf } from './sender-name';
import { ALL_CONNECTIONS } from '../../src/private/contract';
import { ACTION } from '../../src/private/layer-contract';

/** A client's message, and the route that it took. */
export interface RoutedMessage extends IncomingMessage {
  readonly routeKey: string;
}

/** What a handler returns to API Gateway. The body reaches the client where the route has a response. */
export interface IntegrationAnswer {
  readonly statusCode: number;
  readonly body?: string;
}

/** Learns what went wrong with the history. */
export interface HistoryReporter {
  /** The sender of a message or of an action learned that the history was not available, or its rate unknown. */
  failed(messageId: string, error: Error): void;
  /** A client was told that it has missed messages that cannot be recovered. */
  unrecovered(messageId: string): void;
}

export interface LayeredMessagePorts {
  /** Those of plain text, which also rule over what is published. */
  readonly intake: IntakePorts;
  /** Absent when a connection may send as much as it likes. */
  readonly actionRate?: Pick<ActionRate, 'spend'>;
  /** Whether no client may publish. */
  readonly publishForbidden: boolean;
  readonly clock: Clock;
  /** The log during one invocation. */
  readonly logUntil: (deadline: number, abortSignal: AbortSignal) => HistoryLog;
  /** Appends a message, and delivers it or puts it on a queue. */
  readonly publish: Publish;
  readonly report: HistoryReporter;
}

type Frame = AckFrame | ErrorFrame | HistoryFrame;

interface Invocation {
  readonly deadline: number;
  readonly abortSignal: AbortSignal;
}

/** Handles a client's message: plain text is broadcast, an action is answered. */
export async function answerMessage(incoming: RoutedMessage, deadline: number, ports: LayeredMessagePorts): Promise<IntegrationAnswer> {
  return within(ports.clock, deadline, async (abortSignal) => {
    const invocation = { deadline, abortSignal };
    switch (incoming.routeKey) {
      case ACTION.publish: return answerOf(await publish(incoming, invocation, ports));
      case ACTION.history: return answerOf(await readHistory(incoming, invocation, ports));
      default: return broadcastText(incoming, invocation, ports);
    }
  });
}

function answerOf(frame: Frame): IntegrationAnswer {
  return { statusCode: 200, body: JSON.stringify(frame) };
}

/** Throws when the message is refused; not once it is in the log, since every reader of the log gets it. */
async function broadcastText(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<IntegrationAnswer> {
  const message = await takeIn(incoming, ports.intake, invocation.abortSignal);
  if ('statusCode' in message) return { statusCode: message.statusCode };
  const { id, from, sentAt, text } = message;
  await ports.publish({ channel: ALL_CONNECTIONS, message: { id, from, sentAt, text }, again: false }, publishingOf(incoming, invocation, ports))
    .catch((error: Error) => {
      ports.report.failed(id, error);
      throw error;
    });
  return { statusCode: 200 };
}

async function publish(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<AckFrame | ErrorFrame> {
  const parsed = parsePublish(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports) ?? closedDoor(incoming, parsed.request!.ref, ports);
  if (refusal) return refusal;
  const { ref, message: text, session, again } = parsed.request!;
  const { sender: { connectionId }, authorizer, sentAt } = incoming;
  const message = {
    id: messageIdOf({ session, connectionId, channel: ALL_CONNECTIONS, ref }),
    from: senderNameOf(authorizer, ports.intake.senderNameKey) ?? connectionId,
    sentAt,
    text,
  };
  const bytes = messageBytes(message, undefined);
  const { maxBytes } = ports.intake;
  if (bytes > maxBytes) return refused(incoming, ports, ref, 'too_large', new MessageTooLargeError(bytes, maxBytes).message);
  try {
    const { placed: { position }, ...rest } = await ports.publish(
      { channel: ALL_CONNECTIONS, message, again }, publishingOf(incoming, invocation, ports),
    );
    if ('isQueued' in rest && !rest.isQueued) return unqueuedErrorFrame(ref, position);
    return ackFrame(ref, message.id, { position, ...('delivered' in rest && { delivered: rest.delivered }) });
  } catch (error) {
    ports.report.failed(incoming.id, error as Error);
    return appendErrorFrame(ref, error as Error);
  }
}

async function readHistory(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<HistoryFrame | ErrorFrame> {
  const parsed = parseHistory(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports);
  if (refusal) return refusal;
  const { ref, since, before, epoch, limit } = parsed.request!;
  const { report, logUntil } = ports;
  try {
    const log = logUntil(invocation.deadline, invocation.abortSignal);
    const page = await log.read(ALL_CONNECTIONS, { since, before, epoch, limit }, historyRoom(ref, undefined));
    if (!page.recovered) report.unrecovered(incoming.id);
    return historyFrame(ref, undefined, page);
  } catch (error) {
    report.failed(incoming.id, error as Error);
    return errorFrame(ref, 'unavailable', 'the history could not be read; ask again in a few seconds');
  }
}

/** Why an action is refused: first for its rate, which every action counts against, then for its form, then for its channel. */
async function refusalOf(
  incoming: RoutedMessage, { request, error }: Parsed<{ readonly ref: string; readonly channel?: string; readonly again?: boolean }>,
  { abortSignal }: Invocation, ports: LayeredMessagePorts,
): Promise<ErrorFrame | undefined> {
  const { sender, sentAt, id } = incoming;
  const ref = request ? request.ref : error.ref;
  try {
    await ports.actionRate?.spend(sender, sentAt, request?.again ?? false, abortSignal);
  } catch (failure) {
    if (failure instanceof RateExceededError) return refused(incoming, ports, ref, 'rate_exceeded', failure.message);
    if (failure instanceof SenderUnknownError) return refused(incoming, ports, ref, 'unavailable', 'this connection is not known any more; connect again');
    ports.report.failed(id, failure as Error);
    return errorFrame(ref, 'unavailable', 'the rate of this connection could not be checked; send it again');
  }
  if (error) return refused(incoming, ports, ref, error.code, error.message);
  if (request.channel !== undefined) return refused(incoming, ports, ref, 'unknown_channel', 'this API has no such channel; leave \'channel\' out');
  return undefined;
}

/** Why nothing may come in by the door that leads to all connections. */
function closedDoor(incoming: RoutedMessage, ref: string, ports: LayeredMessagePorts): ErrorFrame | undefined {
  const { intake: { publishClaim }, publishForbidden } = ports;
  if (!publishForbidden && (!publishClaim || isListed(incoming, publishClaim))) return undefined;
  return refused(incoming, ports, ref, 'forbidden', 'this connection may not publish to all connections');
}

function isListed({ authorizer }: RoutedMessage, claim: ClaimRule): boolean {
  return listsName(authorizer, claim, ALL_CONNECTIONS);
}

function refused({ id }: RoutedMessage, { intake }: LayeredMessagePorts, ref: string | undefined, code: ErrorCode, message: string): ErrorFrame {
  intake.countRefusal(id, code);
  return errorFrame(ref, code, message);
}

function publishingOf({ sender }: RoutedMessage, { deadline, abortSignal }: Invocation, { logUntil }: LayeredMessagePorts) {
  return { log: logUntil(deadline, abortSignal), deadline, abortSignal, group: sender.connectionId };
}
