import { Annotations } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { ChannelAccess, type ChannelAccessRule } from '../../channel-access';
import { ENV } from '../contract';
import { LAYER_ENV } from '../layer-contract';

/** What concerns nothing but the messages of clients. */
const FOR_CLIENTS = ['messageHandlerOptions', 'messageRateLimit', 'excludeSender', 'senderNameKey'] as const;

/** What of it concerns clients that read the history as well. */
const FOR_READERS: readonly string[] = ['messageHandlerOptions', 'messageRateLimit'];

/** Who among the clients may send messages. */
export function publishAccessOf({ publishAccess = ChannelAccess.anyone() }: Pick<BroadcastWebSocketApiProps, 'publishAccess'>): ChannelAccessRule {
  return publishAccess._bind();
}

/** Whether any client may send messages, so that something has to take them. */
export function clientsPublish(props: BroadcastWebSocketApiProps): boolean {
  return publishAccessOf(props).kind !== 'nobody';
}

/** Whether clients' messages travel with their position on a queue of their own. */
export function hasMessageQueue(props: BroadcastWebSocketApiProps): boolean {
  return props.history !== undefined && clientsPublish(props) && (props.fanOut?._bind().queued ?? false);
}

/** What any function that takes the message of a client has to know. */
export function publishEnvironment(props: BroadcastWebSocketApiProps): Record<string, string> {
  const rule = publishAccessOf(props);
  if (rule.kind === 'nobody') return { [LAYER_ENV.publishForbidden]: 'true' };
  if (rule.kind !== 'claim') return {};
  return { [ENV.publishClaim]: rule.key, ...(rule.patterns && { [ENV.publishClaimPatterns]: 'true' }) };
}

/** Warns of props that have no effect where no client may send messages. */
export function warnOfPropsForClients(scope: Construct, props: BroadcastWebSocketApiProps): void {
  if (clientsPublish(props)) return;
  for (const prop of FOR_CLIENTS.filter((each) => props[each] && !(props.history && FOR_READERS.includes(each)))) {
    Annotations.of(scope).addWarningV2(
      `cdk-broadcast-websocket-api:${prop}Unused`,
      `'${prop}' has no effect with ChannelAccess.nobody(), as no client sends messages: leave it out, or let clients publish`,
    );
  }
}

/** Warns of an API on which neither clients nor backends can say anything. */
export function warnOfSilence(scope: Construct): void {
  Annotations.of(scope).addWarningV2(
    'cdk-broadcast-websocket-api:nobodyPublishes',
    "'publishAccess' is ChannelAccess.nobody(), and no backend publishes, so that clients receive nothing: give a function to addPublisher, "
    + 'a role to grantPublish, or use broadcastQueue; acknowledge this if a backend posts to the connections itself',
  );
}
