import {
  isClosed, membershipRefusal, questionOf, refusalOf, refused, senderOf, unknownChannel,
  type Invocation, type LayeredMessagePorts, type RoutedMessage, type Sender,
} from './action';
import { ALL_CONNECTIONS } from '../../../src/private/contract';
import { verdictOf } from '../channels/access';
import type { ChannelRule } from '../channels/channel-rules';
import type { RecipientSource } from '../connection';
import { MessageTooLargeError, QueueRefusedError } from '../errors';
import { ackFrame, appendErrorFrame, errorFrame, POSITION_BYTES, unqueuedErrorFrame, type AckFrame, type ErrorFrame } from '../log/frames';
import type { LoggedMessage } from '../log/log-table';
import { messageIdOf } from '../log/message-id';
import { writtenBytes, type Outgoing } from '../log/publishers';
import { parsePublish, type PublishRequest } from '../log/requests';
import { OpenedSource } from '../opened-source';

/** Answers a `publish`. Order of the checks: rate, form, rule of the channel, size, hook; then the log. */
export async function publish(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<AckFrame | ErrorFrame> {
  const parsed = parsePublish(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports);
  if (refusal) return refusal;
  const request = parsed.request!;
  const { ref, channel } = request;
  const rule = channel === undefined ? undefined : ports.channels?.rules.of(channel);
  if (channel !== undefined && !rule) return unknownChannel(incoming, ports, ref);
  const sender = senderOf(incoming, ports);
  const door = await doorTo(incoming, request, sender, rule, invocation, ports);
  if ('type' in door) return door;
  const first = outgoingOf(incoming, request, sender, rule, ports);
  const tooLarge = sizeRefusal(incoming, ref, first, ports);
  if (tooLarge) return tooLarge;
  const outgoing = await pastHook(incoming, ref, sender, first, invocation, ports);
  return 'type' in outgoing ? outgoing : send(incoming, ref, outgoing, { ...invocation, ...door }, ports);
}

/** Most rows that a sender who is no member makes this function read: one request reads them at a low price. */
const FIRST_ROWS = 100;

/** An admitted sender, and the recipients if the sender was looked up among them. */
interface OpenDoor {
  readonly recipients?: RecipientSource;
}

/** Checks the rule of a channel, or that of all connections. */
async function doorTo(
  incoming: RoutedMessage, { ref, channel }: PublishRequest, sender: Sender, rule: ChannelRule | undefined, invocation: Invocation,
  ports: LayeredMessagePorts,
): Promise<OpenDoor | ErrorFrame> {
  const verdict = verdictOf(rule ? rule.publish : ports.publishAccess, channel ?? ALL_CONNECTIONS, sender, rule);
  if (verdict === 'members' && channel !== undefined) {
    const recipients = recipientsNow(channel, rule, invocation, ports);
    return await membershipRefusal(incoming, channel, ref, invocation, ports, recipients) ?? { recipients };
  }
  if (verdict !== 'members' && !isClosed(verdict, ports)) return {};
  return refused(incoming, ports, ref, 'forbidden', `this connection may not publish to ${channel === undefined ? 'all connections' : 'the channel'}`);
}

/**
 * Returns the recipients only when sending follows at once. A kept message is in the log first, and a hook takes time: clients that connect
 * meanwhile would miss the message.
 */
function recipientsNow(
  channel: string, rule: ChannelRule | undefined, { abortSignal }: Invocation, { deliversNow, channels, logUntil, hook }: LayeredMessagePorts,
): OpenedSource | undefined {
  if (!deliversNow || hook || isKept(rule, logUntil)) return undefined;
  return new OpenedSource(channels!.table.membersOf(channel, FIRST_ROWS), FIRST_ROWS, abortSignal);
}

function isKept(rule: ChannelRule | undefined, logUntil: LayeredMessagePorts['logUntil']): boolean {
  return logUntil !== undefined && (rule?.history ?? true);
}

function outgoingOf(
  { sender: { connectionId }, sentAt }: RoutedMessage, { ref, message: text, session, again, channel = ALL_CONNECTIONS }: PublishRequest,
  { userId, from }: Sender, rule: ChannelRule | undefined, { intake, logUntil }: LayeredMessagePorts,
): Outgoing {
  return {
    channel,
    pattern: rule?.pattern,
    message: { id: messageIdOf({ session, connectionId, channel, userId, ref }), from, sentAt, text },
    again,
    isLogged: isKept(rule, logUntil),
    format: intake.format,
    excluded: new Set(intake.excludesSender ? [connectionId] : []),
  };
}

function sizeRefusal(incoming: RoutedMessage, ref: string, outgoing: Outgoing, ports: LayeredMessagePorts): ErrorFrame | undefined {
  const bytes = writtenBytes(outgoing) + (outgoing.isLogged ? POSITION_BYTES : 0);
  const { maxBytes } = ports.intake;
  return bytes > maxBytes ? refused(incoming, ports, ref, 'too_large', new MessageTooLargeError(bytes, maxBytes).message) : undefined;
}

/** Returns the message as the hook lets it pass, or the answer that its sender gets instead. */
async function pastHook(
  incoming: RoutedMessage, ref: string, sender: Sender, outgoing: Outgoing, { abortSignal }: Invocation, ports: LayeredMessagePorts,
): Promise<Outgoing | AckFrame | ErrorFrame> {
  if (!ports.hook) return outgoing;
  const { channel, message } = outgoing;
  const question = questionOf(incoming, sender, {
    type: 'message', id: message.id, message: message.text, channel: channel === ALL_CONNECTIONS ? undefined : channel,
  });
  const decision = await ports.hook.ask(question, abortSignal).catch(() => undefined);
  if (!decision) return errorFrame(ref, 'unavailable', 'the message could not be checked; send it again in a few seconds');
  if (decision.action === 'deny') return errorFrame(ref, 'denied', decision.reason ?? 'the message was refused');
  if (decision.action === 'drop') return ackFrame(ref, message.id);
  if (decision.message === undefined) return outgoing;
  const changed = { ...outgoing, message: { ...message, text: decision.message } satisfies LoggedMessage };
  return sizeRefusal(incoming, ref, changed, ports) ?? changed;
}

async function send(
  incoming: RoutedMessage, ref: string, outgoing: Outgoing, { deadline, abortSignal, recipients }: Invocation & OpenDoor,
  ports: LayeredMessagePorts,
): Promise<AckFrame | ErrorFrame> {
  const { message: { id }, isLogged } = outgoing;
  const log = isLogged ? ports.logUntil!(deadline, abortSignal) : undefined;
  try {
    const publishing = { log, deadline, abortSignal, group: incoming.sender.connectionId, recipients };
    const { position, delivered, isPassedOn } = await ports.publish(outgoing, publishing);
    return isPassedOn ? ackFrame(ref, id, { position, delivered }) : unqueuedErrorFrame(ref, position!);
  } catch (error) {
    if (isLogged) {
      ports.report.failed(incoming.id, error as Error);
      return appendErrorFrame(ref, error as Error);
    }
    // A message delivered by this invocation has its own report.
    if (error instanceof QueueRefusedError) ports.unqueued?.(incoming.id, error);
    return errorFrame(ref, 'unavailable', 'the message could not be delivered, so it may have reached nobody; send it again');
  }
}
