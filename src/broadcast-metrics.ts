import { type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * Metrics in CloudWatch of an API, its own and those that API Gateway sends for its stage.
 *
 * Its own are in the namespace `BroadcastWebSocketApi`. Where nothing else is said, one is sent only when it is not 0, so
 * that it costs nothing while all is well: no data means 0. None of these methods creates anything.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
 */
export interface IBroadcastMetrics {
  /**
   * A metric of this API in the namespace `BroadcastWebSocketApi`, by its name in CloudWatch.
   *
   * Sum over 5 minutes; for `Duration` and `HookDuration`, the 99th percentile.
   *
   * @param name the name of the metric, such as `Delivered`
   * @param props overrides of the metric's defaults
   */
  metric(name: string, props?: MetricOptions): Metric;

  /**
   * Connections that messages were to be delivered to.
   *
   * Sum over 5 minutes. Sent for every broadcast. Its maximum is about the number of open connections: API Gateway has no metric of that.
   *
   * @param props overrides of the metric's defaults
   */
  metricRecipients(props?: MetricOptions): Metric;

  /**
   * Deliveries that API Gateway accepted.
   *
   * Sum over 5 minutes. Sent for every broadcast.
   *
   * @param props overrides of the metric's defaults
   */
  metricDelivered(props?: MetricOptions): Metric;

  /**
   * Recipients whose connection turned out to be closed, mostly without a `$disconnect`.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricGone(props?: MetricOptions): Metric;

  /**
   * Deliveries that were refused, or lost after all tries.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricFailed(props?: MetricOptions): Metric;

  /**
   * Recipients that time did not suffice for, or whose broadcast was refused or broken off.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricAbandoned(props?: MetricOptions): Metric;

  /**
   * Sends after the first one to the same recipient.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricRetried(props?: MetricOptions): Metric;

  /**
   * Answers of API Gateway that asked to slow down, for a slow client or for the whole account.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricThrottled(props?: MetricOptions): Metric;

  /**
   * Rows of closed connections that stay in the table until the next broadcast or their TTL.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricStaleConnections(props?: MetricOptions): Metric;

  /**
   * Broadcasts that missed some connections, since the table was not read to its end.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricIncompleteReads(props?: MetricOptions): Metric;

  /**
   * Times that an invocation could not reach the shared delivery rate and kept to a quarter of it.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricRateLimitFallbacks(props?: MetricOptions): Metric;

  /**
   * Recipients of a queued broadcast that were put back to be tried later.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricRequeued(props?: MetricOptions): Metric;

  /**
   * Recipients, or whole messages, of a queued broadcast that were dropped for their age.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricExpired(props?: MetricOptions): Metric;

  /**
   * Messages that nobody gets, for their form, their size or a rate.
   *
   * Sum over 5 minutes. What cannot be broadcast is counted each time that it is received from the queue.
   *
   * @param props overrides of the metric's defaults
   */
  metricRejectedMessages(props?: MetricOptions): Metric;

  /**
   * Clients that were not let in, since their connection could not be stored.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricConnectionStoreFailures(props?: MetricOptions): Metric;

  /**
   * Messages that got a position in the history.
   *
   * Sum over 5 minutes. Sent by an API with a `history` only.
   *
   * @param props overrides of the metric's defaults
   */
  metricAppendedMessages(props?: MetricOptions): Metric;

  /**
   * Messages and actions whose senders learned that the history was not available.
   *
   * Sum over 5 minutes. Sent by an API with a `history` only.
   *
   * @param props overrides of the metric's defaults
   */
  metricHistoryFailures(props?: MetricOptions): Metric;

  /**
   * Positions of the history that stay empty, since a function did not fill what it had reserved.
   *
   * Sum over 5 minutes. Sent by an API with a `history` only.
   *
   * @param props overrides of the metric's defaults
   */
  metricSealedPositions(props?: MetricOptions): Metric;

  /**
   * Answers that told a client that it has missed messages which cannot be recovered.
   *
   * Sum over 5 minutes. Sent by an API with a `history` only.
   *
   * @param props overrides of the metric's defaults
   */
  metricFailedRecoveries(props?: MetricOptions): Metric;

  /**
   * Messages in the history that were not passed on, so that clients get them only when they ask.
   *
   * Sum over 5 minutes. Sent by an API with a `history` only.
   *
   * @param props overrides of the metric's defaults
   */
  metricUndeliveredMessages(props?: MetricOptions): Metric;

  /**
   * How long a broadcast took in milliseconds, or the part of a queued one that one invocation delivers.
   *
   * The 99th percentile over 5 minutes. Sent for every broadcast.
   *
   * @param props overrides of the metric's defaults
   */
  metricDuration(props?: MetricOptions): Metric;

  /**
   * Messages and subscriptions that were refused since the `messageHook` failed, was too slow, or answered what it may not.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricHookFailed(props?: MetricOptions): Metric;

  /**
   * Messages and subscriptions that the `messageHook` refused.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricHookDenied(props?: MetricOptions): Metric;

  /**
   * Messages that the `messageHook` dropped, although they look sent to their senders.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricHookDropped(props?: MetricOptions): Metric;

  /**
   * Actions, handshakes and disconnects for which the members table was not available.
   *
   * Sum over 5 minutes. Sent by an API with channels or users only.
   *
   * @param props overrides of the metric's defaults
   */
  metricChannelFailures(props?: MetricOptions): Metric;

  /**
   * Lists of who is in a channel that were made and sent to its members.
   *
   * Sum over 5 minutes. Sent by an API with presence only, like those that follow.
   *
   * @param props overrides of the metric's defaults
   */
  metricPresenceLists(props?: MetricOptions): Metric;

  /**
   * Frames in which lists of who is in a channel left, one for each connection: API Gateway bills each like a message.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricPresenceFrames(props?: MetricOptions): Metric;

  /**
   * Attempts to make or send a list of who is in a channel that failed, and are repeated.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricPresenceFailures(props?: MetricOptions): Metric;

  /**
   * Connections that were closed since a backend asked for it by `disconnectQueue`.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricKickedConnections(props?: MetricOptions): Metric;

  /**
   * Connections that should have been closed by `disconnectQueue`, and could not be.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricFailedKicks(props?: MetricOptions): Metric;

  /**
   * How long the `messageHook` took in milliseconds, as the functions that invoke it see it.
   *
   * The 99th percentile over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricHookDuration(props?: MetricOptions): Metric;

  /**
   * Connections that were asked for at `$connect`.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricConnectCount(props?: MetricOptions): Metric;

  /**
   * Messages from clients and to clients.
   *
   * Sum over 5 minutes. Deliveries and heartbeats are among them.
   *
   * @param props overrides of the metric's defaults
   */
  metricMessageCount(props?: MetricOptions): Metric;

  /**
   * Requests that a handler answered with an error.
   *
   * Sum over 5 minutes. Among them are connections that were not let in.
   *
   * @param props overrides of the metric's defaults
   */
  metricIntegrationError(props?: MetricOptions): Metric;

  /**
   * Requests that API Gateway refused before any handler saw them.
   *
   * Sum over 5 minutes. An authorizer's no, a throttled client, an unknown route.
   *
   * @param props overrides of the metric's defaults
   */
  metricClientError(props?: MetricOptions): Metric;

  /**
   * Requests for which API Gateway could not call the handler.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricExecutionError(props?: MetricOptions): Metric;

  /**
   * Milliseconds until a handler answered API Gateway.
   *
   * The 99th percentile over 5 minutes. Heartbeats are not among them.
   *
   * @param props overrides of the metric's defaults
   */
  metricIntegrationLatency(props?: MetricOptions): Metric;
}
