import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { answering } from './answers';
import { channelRules, connectionTtlSeconds, maxChannelsPerConnection, publishAccess, userIdKey } from './channel-environment';
import { ChannelReport } from './channel-report';
import { optionalNumber, requireEnv, requireNumber } from './environment';
import { historyLog } from './history-log';
import type { HistoryReport } from './history-report';
import { incomingMessageOf, intakePorts, type MessageEvent } from './intake-ports';
import { membersTable } from './members';
import { messageHook } from './message-hook';
import { presence } from './presence';
import { DynamoSenderRows } from './sender-rows';
import { systemClock } from './system-clock';
import { ENV } from '../../src/private/contract';
import { LAYER_ENV } from '../../src/private/layer-contract';
import { ActionRate } from '../core/action-rate';
import type { ChannelPorts, LayeredMessagePorts, PresencePorts, RoutedMessage } from '../core/actions/action';
import { POSITION_BYTES } from '../core/log/frames';
import type { Publish } from '../core/log/publishers';
import type { Sender } from '../core/sender';

/** Used part of API Gateway's event of a message. */
export interface RoutedEvent extends MessageEvent {
  readonly requestContext: MessageEvent['requestContext'] & { readonly routeKey: string };
}

export function routedMessageOf(event: RoutedEvent): RoutedMessage {
  return { ...incomingMessageOf(event), routeKey: event.requestContext.routeKey };
}

/**
 * Builds the ports of a layered message handler from the environment, once, when the function is loaded.
 *
 * @param pageRows see `MembersTable`; set where this function delivers the messages itself
 */
export function layeredMessagePorts(
  client: DynamoDBClient, publish: Publish, report: HistoryReport, sender: () => Sender, pageRows?: number,
): LayeredMessagePorts {
  const rate = optionalNumber(ENV.messageRate);
  const access = publishAccess();
  const hasHistory = process.env[LAYER_ENV.historyTableName] !== undefined;
  return {
    intake: {
      ...intakePorts(client),
      publishClaim: access.kind === 'claim' ? access : undefined,
      reservedBytes: hasHistory ? POSITION_BYTES : 0,
    },
    actionRate: rate === undefined ? undefined
      : new ActionRate({ rate, burst: requireNumber(ENV.messageBurst) }, new DynamoSenderRows(client, requireEnv(ENV.tableName))),
    publishAccess: access,
    clock: systemClock,
    logUntil: hasHistory ? historyLog(client, report) : undefined,
    publish,
    deliversNow: pageRows !== undefined,
    report,
    channels: channelPorts(client, sender, pageRows),
    userIdKey: userIdKey(),
    hook: messageHook(),
  };
}

/** Builds the ports of channels; undefined without channels and users. */
function channelPorts(client: DynamoDBClient, sender: () => Sender, pageRows?: number): ChannelPorts | undefined {
  const table = membersTable(client, { pageRows });
  if (!table) return undefined;
  const report = new ChannelReport();
  return {
    rules: channelRules(),
    table,
    maxChannels: maxChannelsPerConnection(),
    ttlSeconds: connectionTtlSeconds(),
    report,
    answer: answering(sender(), report),
    presence: presencePorts(client),
  };
}

/** Builds the ports of presence; undefined where no channel has a list. */
function presencePorts(client: DynamoDBClient): PresencePorts | undefined {
  const lists = presence(client);
  return lists && {
    list: (channel, abortSignal) => lists.table.state(channel, abortSignal),
    ask: (channel, abortSignal) => lists.marker.mark(channel, abortSignal),
  };
}
