import {
  isClosed, membershipRefusal, questionOf, refusalOf, refused, senderOf, unknownChannel,
  type Invocation, type LayeredMessagePorts, type RoutedMessage, type Sender,
} from './action';
import { ALL_CONNECTIONS } from '../../../src/private/contract';
import { verdictOf } from '../channels/access';
import type { ChannelRule } from '../channels/channel-rules';
import { MessageTooLargeError } from '../errors';
import { ackFrame, appendErrorFrame, errorFrame, POSITION_BYTES, unqueuedErrorFrame, type AckFrame, type ErrorFrame } from '../log/frames';
import type { LoggedMessage } from '../log/log-table';
import { messageIdOf } from '../log/message-id';
import { writtenBytes, type Outgoing } from '../log/publishers';
import { parsePublish, type PublishRequest } from '../log/requests';

/** Answers a `publish`: the rate, the form, the rule of the channel, the size, the hook, then the log. */
export async function publish(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<AckFrame | ErrorFrame> {
  const parsed = parsePublish(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports);
  if (refusal) return refusal;
  const request = parsed.request!;
  const { ref, channel } = request;
  const rule = channel === undefined ? undefined : ports.channels?.rules.of(channel);
  if (channel !== undefined && !rule) return unknownChannel(incoming, ports, ref);
  const sender = senderOf(incoming, ports);
  const closed = await closedDoor(incoming, request, sender, rule, invocation, ports);
  if (closed) return closed;
  const first = outgoingOf(incoming, request, sender, rule, ports);
  const tooLarge = sizeRefusal(incoming, ref, first, ports);
  if (tooLarge) return tooLarge;
  const outgoing = await pastHook(incoming, ref, sender, first, invocation, ports);
  return 'type' in outgoing ? outgoing : send(incoming, ref, outgoing, invocation, ports);
}

/** Why nothing may come in by the door to a channel, or to all connections. */
async function closedDoor(
  incoming: RoutedMessage, { ref, channel }: PublishRequest, sender: Sender, rule: ChannelRule | undefined, invocation: Invocation,
  ports: LayeredMessagePorts,
): Promise<ErrorFrame | undefined> {
  const verdict = verdictOf(rule ? rule.publish : ports.publishAccess, channel ?? ALL_CONNECTIONS, sender, rule);
  if (verdict === 'members' && channel !== undefined) return membershipRefusal(incoming, channel, ref, invocation, ports);
  if (verdict !== 'members' && !isClosed(verdict, ports)) return undefined;
  return refused(incoming, ports, ref, 'forbidden', `this connection may not publish to ${channel === undefined ? 'all connections' : 'the channel'}`);
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
    isLogged: logUntil !== undefined && (rule?.history ?? true),
    format: intake.format,
    excluded: new Set(intake.excludesSender ? [connectionId] : []),
  };
}

function sizeRefusal(incoming: RoutedMessage, ref: string, outgoing: Outgoing, ports: LayeredMessagePorts): ErrorFrame | undefined {
  const bytes = writtenBytes(outgoing) + (outgoing.isLogged ? POSITION_BYTES : 0);
  const { maxBytes } = ports.intake;
  return bytes > maxBytes ? refused(incoming, ports, ref, 'too_large', new MessageTooLargeError(bytes, maxBytes).message) : undefined;
}

/** The message as the hook lets it pass, or the answer that its sender gets instead. */
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
  incoming: RoutedMessage, ref: string, outgoing: Outgoing, { deadline, abortSignal }: Invocation, ports: LayeredMessagePorts,
): Promise<AckFrame | ErrorFrame> {
  const { message: { id }, isLogged } = outgoing;
  const log = isLogged ? ports.logUntil!(deadline, abortSignal) : undefined;
  try {
    const { position, delivered, isPassedOn } = await ports.publish(outgoing, { log, deadline, abortSignal, group: incoming.sender.connectionId });
    return isPassedOn ? ackFrame(ref, id, { position, delivered }) : unqueuedErrorFrame(ref, position!);
  } catch (error) {
    if (isLogged) {
      ports.report.failed(incoming.id, error as Error);
      return appendErrorFrame(ref, error as Error);
    }
    return errorFrame(ref, 'unavailable', 'the message could not be passed on, so nobody is known to have it; send it again');
  }
}
