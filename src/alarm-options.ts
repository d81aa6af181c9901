import { type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * Overrides of one alarm.
 */
export interface AlarmOverrides {
  /**
   * Whether to create this alarm.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Threshold at or above which the alarm fires, more than 0.
   *
   * The value is summed over 5 minutes unless the alarm states otherwise.
   *
   * @default - what the alarm's own property says
   */
  readonly threshold?: number;

  /**
   * Number of periods of 5 minutes that the alarm evaluates, from 1 to 288.
   *
   * @default 1
   */
  readonly evaluationPeriods?: number;

  /**
   * Number of these periods that have to reach the threshold.
   *
   * @default - all of them
   */
  readonly datapointsToAlarm?: number;
}

/**
 * Options of `addAlarms`.
 */
export interface BroadcastAlarmsOptions {
  /**
   * Actions when an alarm fires, such as `new SnsAction(topic)` of aws-cloudwatch-actions.
   *
   * @default - none, until `addAlarmAction` adds some
   */
  readonly alarmActions?: IAlarmAction[];

  /**
   * Actions when an alarm returns to normal.
   *
   * @default - none
   */
  readonly okActions?: IAlarmAction[];

  /**
   * `FailedDeliveries`: API Gateway refused deliveries, or they were lost.
   *
   * In percent of the recipients, once there are 10 deliveries.
   *
   * @default - fires at 5 percent
   */
  readonly failedDeliveries?: AlarmOverrides;

  /**
   * `AbandonedDeliveries`: recipients got no message because the time or the delivery rate was used up.
   *
   * @default - fires at 1
   */
  readonly abandonedDeliveries?: AlarmOverrides;

  /**
   * `IncompleteReads`: broadcasts missed connections because the table was not read to its end.
   *
   * @default - fires at 1 broadcast
   */
  readonly incompleteReads?: AlarmOverrides;

  /**
   * `RejectedMessages`: messages were not broadcast because of their form, their size or a rate.
   *
   * Any client can send such messages.
   *
   * @default - fires at 10
   */
  readonly rejectedMessages?: AlarmOverrides;

  /**
   * `ConnectionStoreFailures`: clients were refused because their connection could not be stored.
   *
   * @default - fires at 1
   */
  readonly connectionStoreFailures?: AlarmOverrides;

  /**
   * `ConnectionHandlerErrors` and its siblings, one for each function: it threw, crashed, or ran out of time.
   *
   * `AuthorizerErrors` exists with a `WebSocketJwtAuthorizer`. A function that crashes sends no metrics of its own. A refused message counts as an error of the
   * message handler, because only an error makes API Gateway send its sender an error frame.
   *
   * @default - fires at 5
   */
  readonly handlerErrors?: AlarmOverrides;

  /**
   * `ConnectionHandlerThrottles` and its siblings, one for each function: Lambda throttled it.
   *
   * @default - fires at 1
   */
  readonly handlerThrottles?: AlarmOverrides;

  /**
   * `ExpiredMessages`: messages, or parts of them, waited too long and were dropped.
   *
   * It exists once there is a queue.
   *
   * @default - fires at 1
   */
  readonly expiredMessages?: AlarmOverrides;

  /**
   * `DeadLetters`: messages are in the dead-letter queue.
   *
   * It exists once the queue does.
   *
   * @default - fires at 1
   */
  readonly deadLetters?: AlarmOverrides;

  /**
   * `ClientErrors`: API Gateway refused clients that may not connect, or that send or connect too often.
   *
   * @default - fires at 100
   */
  readonly clientErrors?: AlarmOverrides;

  /**
   * `HistoryFailures`: senders or readers got an error because the history was not available.
   *
   * @default - fires at 1
   */
  readonly historyFailures?: AlarmOverrides;

  /**
   * `HistoryThrottles`: DynamoDB throttled reads or writes of the history table.
   *
   * @default - fires at 1
   */
  readonly historyThrottles?: AlarmOverrides;

  /**
   * `UndeliveredMessages`: messages are in the history, but were not delivered.
   *
   * @default - fires at 1
   */
  readonly undeliveredMessages?: AlarmOverrides;

  /**
   * `FailedRecoveries`: clients returned to a history that no longer has what they missed.
   *
   * @default - fires at 100
   */
  readonly failedRecoveries?: AlarmOverrides;

  /**
   * `SealedPositions`: functions reserved positions in the history and did not fill them in time.
   *
   * @default - fires at 10
   */
  readonly sealedPositions?: AlarmOverrides;

  /**
   * `MessageQueueAge`: age in seconds of the oldest client message that waits for its delivery.
   *
   * The maximum over 5 minutes. It exists with `FanOut.queued()` and a `history`.
   *
   * @default - fires at 60 seconds
   */
  readonly messageQueueAge?: AlarmOverrides;

  /**
   * `HookFailures`: messages or subscriptions were refused because the `messageHook` failed.
   *
   * It threw, was too slow, or gave an invalid answer.
   *
   * @default - fires at 1
   */
  readonly hookFailures?: AlarmOverrides;

  /**
   * `ChannelFailures`: subscriptions or messages were refused because the members table was not available.
   *
   * @default - fires at 1
   */
  readonly channelFailures?: AlarmOverrides;

  /**
   * `PresenceFailures`: presence lists could not be made or sent.
   *
   * The functions try again.
   *
   * @default - fires at 10
   */
  readonly presenceFailures?: AlarmOverrides;
}
