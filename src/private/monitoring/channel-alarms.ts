import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type AlarmDefinition, handlerAlarms, PERIOD } from './alarms';
import { type IBroadcastMetrics } from '../../broadcast-metrics';
import { type Presence } from '../handlers/presence';
import { type Disconnection } from '../handlers/queued-disconnect';

/** The alarms of what is there once an API has a queue by which connections are closed. */
export function disconnectHandlerAlarms({ handler, deadLetterQueue }: Disconnection): AlarmDefinition[] {
  return [
    ...handlerAlarms('DisconnectHandler', handler, 'connections are closed later, and after three times the request ends in its dead-letter queue'),
    {
      id: 'DisconnectDeadLetters',
      option: 'deadLetters',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM }),
      threshold: 1,
      description: 'Requests to close connections lie in the dead-letter queue of disconnectQueue, for four days: these connections may still be open. '
        + 'The log of the disconnect handler says why of each. Correct what a backend sent, or move back what should still be done.',
    },
  ];
}

/** The alarm of a hook. */
export function hookAlarms(api: IBroadcastMetrics): AlarmDefinition[] {
  return [{
    id: 'HookFailures',
    option: 'hookFailures',
    metric: api.metricHookFailed({ period: PERIOD }),
    threshold: 1,
    description: 'Messages or subscriptions were refused, since the messageHook failed, took more than 3 seconds, or answered what it may not. '
      + 'Look at the log, the errors, the throttles and the duration of that function; the log of the message handler says which it was.',
  }];
}

/** The alarm of the table of who is in which channel. */
export function membersAlarms(api: IBroadcastMetrics): AlarmDefinition[] {
  return [{
    id: 'ChannelFailures',
    option: 'channelFailures',
    metric: api.metricChannelFailures({ period: PERIOD }),
    threshold: 1,
    description: 'Clients could not connect or subscribe, or their messages were refused, since the members table was not available. '
      + 'Look at its throttles, its key, and the permissions of the handlers; their logs have the error.',
  }];
}

/** The alarms of what is there once members learn who is there. */
export function presenceAlarms(api: IBroadcastMetrics, { handler, deadLetterQueue }: Presence): AlarmDefinition[] {
  return [
    ...handlerAlarms('PresenceHandler', handler, 'lists of who is in a channel are late, and after three times they wait for the next change of the channel'),
    {
      id: 'PresenceFailures',
      option: 'presenceFailures',
      metric: api.metricPresenceFailures({ period: PERIOD }),
      threshold: 10,
      description: 'Lists of who is in a channel could not be made or sent to all members; each is tried three times. '
        + 'The log of the presence handler has the errors: look at the throttles of the members table, and at Throttled.',
    },
    {
      id: 'PresenceDeadLetters',
      option: 'deadLetters',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM }),
      threshold: 1,
      description: 'Lists of who is in a channel could not be made or sent in three attempts: until the next change of these channels, or until a member asks, '
        + 'they are wrong. The log of the presence handler says why. Then move the messages back, or delete them: nothing else is lost.',
    },
  ];
}
