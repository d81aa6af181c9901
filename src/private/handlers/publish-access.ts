import { Annotations, Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { ChannelAccess, type ChannelAccessRule } from '../../channel-access';
import { sharesFrames, type LayerSource } from '../channels/layers';
import { ENV } from '../contract';
import { late } from '../late';
import { LAYER_ENV } from '../layer-contract';

/** Properties that only concern messages of clients. */
const FOR_CLIENTS = ['messageHandlerOptions', 'messageRateLimit', 'excludeSender', 'senderNameKey', 'messageHook'] as const;

/** Those of them that also concern actions of clients, such as `history`. */
const FOR_ACTIONS: readonly string[] = ['messageHandlerOptions', 'messageRateLimit'];

/** Rule for clients that send messages to all connections. */
export function publishAccessOf({ publishAccess = ChannelAccess.anyone() }: Pick<BroadcastWebSocketApiProps, 'publishAccess'>): ChannelAccessRule {
  return publishAccess._bind();
}

/** Whether any client may send messages to all connections. */
export function clientsBroadcast(props: BroadcastWebSocketApiProps): boolean {
  return publishAccessOf(props).kind !== 'nobody';
}

/** Whether any client may send messages, to all or to a channel, so that something has to take them. */
export function clientsPublish({ props, channels }: LayerSource): boolean {
  return clientsBroadcast(props) || channels.rules.some(({ publish }) => publish.kind !== 'nobody');
}

/** Whether clients' messages travel on a queue of their own: with their position, or as a shared frame holds them. */
export function hasMessageQueue(source: LayerSource): boolean {
  const { history, fanOut } = source.props;
  return (history !== undefined || sharesFrames(source.props)) && clientsPublish(source) && (fanOut?._bind().queued ?? false);
}

/** Environment of functions that take messages of clients: the rule. */
export function publishEnvironment(scope: Construct, inputs: LayerSource): Record<string, string> {
  const rule = publishAccessOf(inputs.props);
  if (rule.kind === 'anyone') return {};
  const variables = baseVariables(rule);
  return {
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, late(() => (readsRules(inputs) ? undefined : value))])),
    [LAYER_ENV.publishAccess]: late(() => (readsRules(inputs) ? Stack.of(scope).toJsonString(rule) : undefined)),
  };
}

function baseVariables(rule: ChannelAccessRule): Record<string, string> {
  if (rule.kind === 'nobody') return { [LAYER_ENV.publishForbidden]: 'true' };
  if (rule.kind !== 'claim') return {};
  return { [ENV.publishClaim]: rule.key, ...(rule.patterns && { [ENV.publishClaimPatterns]: 'true' }) };
}

function readsRules({ channels, props: { messageHook } }: LayerSource): boolean {
  return channels.membersTable !== undefined || messageHook !== undefined;
}

/** Warns of props that have no effect where no client may send messages. */
export function warnOfPropsForClients(scope: Construct, { props, channels }: LayerSource): void {
  const effective = [
    ...(props.history || channels.rules.length > 0 ? FOR_ACTIONS : []),
    ...(channels.membersTable ? ['senderNameKey'] : []), // rows of members have the name
    ...(channels.rules.some(({ subscribe }) => subscribe.kind === 'hook') ? ['messageHook'] : []),
  ];
  for (const prop of FOR_CLIENTS.filter((each) => props[each] && !effective.includes(each))) {
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
