import { type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * What is to be different of one alarm.
 */
export interface AlarmOverrides {
  /**
   * Whether there is this alarm.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * From which value on, summed over 5 minutes where nothing else is said, it is too much; more than 0.
   *
   * @default - what the alarm's own property says
   */
  readonly threshold?: number;

  /**
   * How many periods of 5 minutes are looked at, from 1 to 288.
   *
   * @default 1
   */
  readonly evaluationPeriods?: number;

  /**
   * In how many of these periods it has to be too much.
   *
   * @default - in all of them
   */
  readonly datapointsToAlarm?: number;
}

/**
 * Options of `addAlarms`.
 */
export interface BroadcastAlarmsOptions {
  /**
   * What is done when an alarm goes off: `new SnsAction(topic)` of aws-cloudwatch-actions, for example.
   *
   * @default - nothing but what is attached later
   */
  readonly alarmActions?: IAlarmAction[];

  /**
   * What is done when all is well again.
   *
   * @default - nothing
   */
  readonly okActions?: IAlarmAction[];

  /**
   * `FailedDeliveries`: API Gateway refused deliveries, or they were lost; in percent of the recipients, from 10 deliveries on.
   *
   * @default - from 5 percent on
   */
  readonly failedDeliveries?: AlarmOverrides;

  /**
   * `AbandonedDeliveries`: recipients went without a message, since there was no time left or the rate was spoken for.
   *
   * @default - from 1 on
   */
  readonly abandonedDeliveries?: AlarmOverrides;

  /**
   * `IncompleteReads`: broadcasts missed some connections, since the table was not read to its end.
   *
   * @default - from 1 broadcast on
   */
  readonly incompleteReads?: AlarmOverrides;

  /**
   * `RejectedMessages`: messages were not broadcast at all, for their form, their size or a rate.
   *
   * Any client can send such messages.
   *
   * @default - from 10 on
   */
  readonly rejectedMessages?: AlarmOverrides;

  /**
   * `ConnectionStoreFailures`: clients were not let in, since their connection could not be stored.
   *
   * @default - from 1 on
   */
  readonly connectionStoreFailures?: AlarmOverrides;

  /**
   * `ConnectionHandlerErrors`, `MessageHandlerErrors`, `DeliveryHandlerErrors`, `AuthorizerErrors`: a function threw, crashed, or ran out of time.
   *
   * The last one is there with a `WebSocketJwtAuthorizer`. A function that crashes sends no metrics of its own. Whatever a client sends that is refused is an error of the message
   * handler, too: that is how its sender learns of it.
   *
   * @default - from 5 on
   */
  readonly handlerErrors?: AlarmOverrides;

  /**
   * `ConnectionHandlerThrottles`, `MessageHandlerThrottles`, `DeliveryHandlerThrottles`, `AuthorizerThrottles`: Lambda did not run a function.
   *
   * @default - from 1 on
   */
  readonly handlerThrottles?: AlarmOverrides;

  /**
   * `ExpiredMessages`: messages or parts of them were dropped, since they waited for too long; once there is a queue.
   *
   * @default - from 1 on
   */
  readonly expiredMessages?: AlarmOverrides;

  /**
   * `DeadLetters`: messages lie in the dead-letter queue, once there is one.
   *
   * @default - from 1 on
   */
  readonly deadLetters?: AlarmOverrides;

  /**
   * `ClientErrors`: API Gateway refused clients itself: those who may not connect, or who send or connect too often.
   *
   * @default - from 100 on
   */
  readonly clientErrors?: AlarmOverrides;

  /**
   * `HistoryFailures`: the history was not available, and senders or readers were told so; with a `history` only.
   *
   * @default - from 1 on
   */
  readonly historyFailures?: AlarmOverrides;

  /**
   * `HistoryThrottles`: DynamoDB throttled reads or writes of the history table; with a `history` only.
   *
   * @default - from 1 on
   */
  readonly historyThrottles?: AlarmOverrides;

  /**
   * `UndeliveredMessages`: messages are in the history and were not passed on to be delivered; with a `history` only.
   *
   * @default - from 1 on
   */
  readonly undeliveredMessages?: AlarmOverrides;

  /**
   * `FailedRecoveries`: clients came back to a history that no longer has what they missed; with a `history` only.
   *
   * @default - from 100 on
   */
  readonly failedRecoveries?: AlarmOverrides;

  /**
   * `SealedPositions`: functions reserved positions in the history and did not fill them in time; with a `history` only.
   *
   * @default - from 10 on
   */
  readonly sealedPositions?: AlarmOverrides;

  /**
   * `MessageQueueAge`: the oldest message of a client that waits for its delivery; in seconds, the maximum of 5 minutes.
   *
   * It exists with `FanOut.queued()` and a `history`.
   *
   * @default - from 60 seconds on
   */
  readonly messageQueueAge?: AlarmOverrides;

  /**
   * `HookFailures`: messages or subscriptions were refused since the `messageHook` failed, was too slow or answered what it may not; with a hook only.
   *
   * @default - from 1 on
   */
  readonly hookFailures?: AlarmOverrides;

  /**
   * `ChannelFailures`: clients could not subscribe, or their messages were refused, since the members table was not available; with channels or users only.
   *
   * @default - from 1 on
   */
  readonly channelFailures?: AlarmOverrides;

  /**
   * `PresenceFailures`: lists of who is in a channel could not be made or sent, and are tried again; with presence only.
   *
   * @default - from 10 on
   */
  readonly presenceFailures?: AlarmOverrides;
}
