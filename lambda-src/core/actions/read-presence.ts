import {
  membershipRefusal, refusalOf, refused, unknownChannel, type Invocation, type LayeredMessagePorts, type RoutedMessage,
} from './action';
import { errorFrame, type ErrorFrame } from '../log/frames';
import { parsePresence } from '../log/requests';
import { presenceFrame, type PresenceFrame } from '../presence/frames';

/** Answers a `presence`. The list of a channel is for its members. */
export async function readPresence(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<PresenceFrame | ErrorFrame> {
  const parsed = parsePresence(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports);
  if (refusal) return refusal;
  const { ref, channel } = parsed.request!;
  const { channels } = ports;
  const rule = channels?.rules.of(channel);
  if (!channels || !rule) return unknownChannel(incoming, ports, ref);
  // Checked before the answer shows whether the channel has a list: only a member may know.
  const stranger = await membershipRefusal(incoming, channel, ref, invocation, ports);
  if (stranger) return stranger;
  if (!rule.presence || !channels.presence) {
    return refused(incoming, ports, ref, 'bad_request', 'this channel has no presence list; do not ask for one');
  }
  try {
    return presenceFrame(channel, await channels.presence.ask(channel, invocation.abortSignal), ref);
  } catch (error) {
    channels.report.failed(incoming.id, error as Error);
    return errorFrame(ref, 'unavailable', 'the presence list could not be read; try again in a few seconds');
  }
}
