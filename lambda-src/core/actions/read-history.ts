import {
  membershipRefusal, refusalOf, refused, unknownChannel, type Invocation, type LayeredMessagePorts, type RoutedMessage,
} from './action';
import { ALL_CONNECTIONS } from '../../../src/private/contract';
import { errorFrame, historyFrame, historyRoom, type ErrorFrame, type HistoryFrame } from '../log/frames';
import { parseHistory } from '../log/requests';

/** Answers a `history`. The history of a channel is for its members. */
export async function readHistory(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<HistoryFrame | ErrorFrame> {
  const parsed = parseHistory(incoming.text);
  const refusal = await refusalOf(incoming, parsed, invocation, ports);
  if (refusal) return refusal;
  const { ref, channel, since, before, epoch, limit } = parsed.request!;
  const { report, logUntil } = ports;
  const rule = channel === undefined ? undefined : ports.channels?.rules.of(channel);
  if (channel !== undefined && !rule) return unknownChannel(incoming, ports, ref);
  // Checked before the answer shows whether the channel has a history: only a member may know.
  const stranger = channel === undefined ? undefined : await membershipRefusal(incoming, channel, ref, invocation, ports);
  if (stranger) return stranger;
  if (!logUntil || (rule && !rule.history)) {
    return refused(incoming, ports, ref, 'bad_request', `this ${rule ? 'channel' : 'API'} has no history; do not ask for one`);
  }
  try {
    const log = logUntil(invocation.deadline, invocation.abortSignal);
    const page = await log.read(channel ?? ALL_CONNECTIONS, { since, before, epoch, limit }, historyRoom(ref, channel));
    if (!page.recovered) report.unrecovered(incoming.id);
    return historyFrame(ref, channel, page);
  } catch (error) {
    report.failed(incoming.id, error as Error);
    return errorFrame(ref, 'unavailable', 'the history could not be read; try again in a few seconds');
  }
}
