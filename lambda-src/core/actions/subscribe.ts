import {
  isClosed, noSuchChannel, questionOf, refusalOf, refused, senderOf, unknownChannel,
  type Invocation, type LayeredMessagePorts, type RoutedMessage, type Sender,
} from './action';
import { verdictOf } from '../channels/access';
import { personalChannelOf } from '../channels/channel-name';
import type { ChannelRule } from '../channels/channel-rules';
import { inParallel } from '../in-parallel';
import {
  errorFrame, historyRoom, subscribedFrame, type ErrorCode, type ErrorFrame, type SubscribedFrame, type UnsubscribedFrame,
} from '../log/frames';
import { parseSubscribe, parseUnsubscribe, type ChannelRequest, type SubscribeRequest } from '../log/requests';
import type { Member } from '../members/member-table';
import { subscribe as join, unsubscribe as leave, type Joined } from '../members/membership';
import type { PresenceList } from '../presence/presence-table';
import { senderNameOf } from '../sender-name';

/** Most questions to the hook, or reads of the history, at once. */
const AT_ONCE = 10;

/** Answers a `subscribe` with one frame for each channel, in order. */
export async function subscribe(
  incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts,
): Promise<(SubscribedFrame | ErrorFrame)[]> {
  const parsed = parseSubscribe(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports);
  if (refusal) return [refusal];
  const request = parsed.request!;
  const { ref, channels, isList } = request;
  if (!ports.channels) return [unknownChannel(incoming, ports, ref)];
  const subscribing = new Subscribing(incoming, request, invocation, ports);
  const frames = await subscribing.answer();
  subscribing.report();
  return frames.map((frame, nth) => (isList && frame.type === 'error' ? { ...frame, channel: channels[nth].channel } : frame));
}

/** Answers an `unsubscribe`. No rule is checked: a client that could join may leave. */
export async function unsubscribe(
  incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts,
): Promise<UnsubscribedFrame | ErrorFrame> {
  const parsed = parseUnsubscribe(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports);
  if (refusal) return refusal;
  const { ref, channel } = parsed.request!;
  const { channels } = ports;
  if (!channels) return unknownChannel(incoming, ports, ref);
  if (channel === ownChannel(senderOf(incoming, ports))) {
    return refused(incoming, ports, ref, 'forbidden', 'a connection cannot leave the channel of its user; close the connection instead');
  }
  try {
    await leave({ ...incoming.sender, channel }, incoming.sentAt, channels.table, invocation.abortSignal);
    return { type: 'unsubscribed', ref, channel };
  } catch (error) {
    channels.report.failed(incoming.id, error as Error);
    return errorFrame(ref, 'unavailable', 'the connection could not leave the channel; try again in a few seconds');
  }
}

function ownChannel({ userId }: Sender): string | undefined {
  return userId === undefined ? undefined : personalChannelOf(userId);
}

/** One `subscribe`. */
class Subscribing {
  private readonly sender: Sender;
  /** Reasons for which channels were refused. */
  private readonly refusals = new Set<ErrorCode>();
  private tableFailure?: Error;
  private historyFailure?: Error;

  constructor(
    private readonly incoming: RoutedMessage, private readonly request: SubscribeRequest, private readonly invocation: Invocation,
    private readonly ports: LayeredMessagePorts,
  ) {
    this.sender = senderOf(incoming, ports);
  }

  async answer(): Promise<(SubscribedFrame | ErrorFrame)[]> {
    const { channels } = this.request;
    const refusals = await inParallel(channels, AT_ONCE, (request) => this.refusal(request));
    const allowed = await this.withinLimit(channels.filter((_, nth) => !refusals[nth]));
    const joining = allowed instanceof Error ? [] : allowed;
    const { table } = this.ports.channels!;
    const joined = await join(joining.map(({ channel }) => this.memberOf(channel)), table, this.invocation.abortSignal);
    return inParallel(channels, AT_ONCE, async (request, nth) => {
      const refusal = refusals[nth];
      if (refusal) return refusal;
      if (allowed instanceof Error) return this.unavailable(allowed);
      const place = joining.indexOf(request);
      return place < 0 ? this.tooMany() : this.outcome(request, joined[place]);
    });
  }

  /** Counts the request once for each kind of trouble, however many of its channels met it. */
  report(): void {
    const { incoming: { id }, ports: { intake, channels, report }, refusals, tableFailure, historyFailure } = this;
    if (refusals.size > 0) intake.countRefusal(id, [...refusals].sort().join(', '));
    if (tableFailure) channels!.report.failed(id, tableFailure);
    if (historyFailure) report.failed(id, historyFailure);
  }

  /** Returns why the form, the rule of the channel or the hook refuses the client. */
  private async refusal({ channel, problem }: ChannelRequest): Promise<ErrorFrame | undefined> {
    if (problem !== undefined) return this.refused('bad_request', problem);
    const { ports, sender } = this;
    const rule = ports.channels!.rules.of(channel);
    if (!rule) return this.refused('unknown_channel', noSuchChannel(ports));
    const verdict = verdictOf(rule.subscribe, channel, sender, rule);
    if (verdict === 'members' || isClosed(verdict, ports)) return this.refused('forbidden', 'this connection may not subscribe to the channel');
    return verdict === 'hook' ? this.refusalOfHook(channel) : undefined;
  }

  private async refusalOfHook(channel: string): Promise<ErrorFrame | undefined> {
    const { incoming, ports, sender, request: { ref }, invocation: { abortSignal } } = this;
    const decision = await ports.hook!.ask(questionOf(incoming, sender, { type: 'subscribe', id: incoming.id, channel }), abortSignal).catch(() => undefined);
    if (!decision) return errorFrame(ref, 'unavailable', 'the subscription could not be checked; try again in a few seconds');
    return decision.action === 'deny' ? errorFrame(ref, 'denied', decision.reason ?? 'the subscription was refused') : undefined;
  }

  /** Returns the channels for which the connection has room. Channels that it already has need none, nor does its personal channel. */
  private async withinLimit(requests: readonly ChannelRequest[]): Promise<readonly ChannelRequest[] | Error> {
    const { ports, sender, incoming: { sender: { connectionId, connectedAt } }, invocation: { abortSignal } } = this;
    const { table, maxChannels } = ports.channels!;
    if (requests.length === 0) return [];
    try {
      const rows = await table.channelsOf(connectionId, abortSignal);
      const own = ownChannel(sender);
      const had = new Set(rows.filter((row) => row.connectedAt === connectedAt && row.channel !== own).map(({ channel }) => channel));
      let room = maxChannels - had.size;
      return requests.filter(({ channel }) => had.has(channel) || channel === own || room-- > 0);
    } catch (error) {
      return error as Error;
    }
  }

  private memberOf(channel: string): Member {
    const { sender: { userId }, incoming: { id, sender, sentAt, authorizer }, ports: { channels, intake: { senderNameKey } } } = this;
    const ttl = Math.floor(sender.connectedAt / 1_000) + channels!.ttlSeconds;
    // As the handshake stores it: a connection without a name stores none here, although its messages name it by its id.
    return { ...sender, channel, at: sentAt, request: id, ttl, userId, from: senderNameOf(authorizer, senderNameKey) };
  }

  private async outcome(request: ChannelRequest, joined: Joined): Promise<SubscribedFrame | ErrorFrame> {
    const { request: { ref } } = this;
    if (joined instanceof Error) return this.unavailable(joined);
    if (joined === 'subscribed') return this.subscribed(request);
    return errorFrame(ref, 'unavailable', joined === 'gone'
      ? 'this connection closed, or left the channel, while it subscribed; subscribe again'
      : 'a later request for this channel was handled first; its answer counts');
  }

  /** Reads the log only after the rows are stored, so no message is lost between the page and the deliveries. */
  private async subscribed({ channel, since, epoch }: ChannelRequest): Promise<SubscribedFrame | ErrorFrame> {
    const { incoming: { id }, request: { ref }, invocation: { deadline, abortSignal }, ports: { channels, logUntil, report } } = this;
    const rule = channels!.rules.of(channel)!;
    const list = await this.list(channel, rule);
    if (list instanceof Error) return this.unavailable(list);
    if (!logUntil || !rule.history) return subscribedFrame(ref, channel, undefined, list);
    try {
      // Without a position, the answer only gives the channel's position.
      const limit = since === undefined ? 0 : undefined;
      const page = await logUntil(deadline, abortSignal).read(channel, { since, epoch, limit }, historyRoom(ref, channel));
      if (!page.recovered) report.unrecovered(id);
      return subscribedFrame(ref, channel, page, list);
    } catch (error) {
      this.historyFailure ??= error as Error;
      return errorFrame(ref, 'unavailable', 'the history could not be read; try again in a few seconds');
    }
  }

  /** Returns the list, unless the channel has none. */
  private async list(channel: string, { presence }: ChannelRule): Promise<PresenceList | Error | undefined> {
    const { ports: { channels }, invocation: { abortSignal } } = this;
    return presence && channels!.presence?.list(channel, abortSignal).catch((error: Error) => error);
  }

  private tooMany(): ErrorFrame {
    const { maxChannels } = this.ports.channels!;
    return this.refused('too_many', `a connection may subscribe to at most ${maxChannels} channels; leave one first`);
  }

  private unavailable(error: Error): ErrorFrame {
    this.tableFailure ??= error;
    return errorFrame(this.request.ref, 'unavailable', 'the connection could not join the channel; try again in a few seconds');
  }

  private refused(code: ErrorCode, message: string): ErrorFrame {
    this.refusals.add(code);
    return errorFrame(this.request.ref, code, message);
  }
}
