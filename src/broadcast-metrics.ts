import { type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * CloudWatch metrics of an API: its own, and those of API Gateway for its stage.
 *
 * Its own are in the namespace `BroadcastWebSocketApi`. Unless stated otherwise, a metric is sent only when it is not 0, so
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
   * Connections to which a message was to be delivered.
   *
   * Sum over 5 minutes. Sent for every broadcast. Its maximum is about the number of open connections, for which API Gateway has no metric.
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
   * Recipients whose connection was already closed, mostly without a `$disconnect`.
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
   * Recipients that got nothing because time ran out, or because the broadcast was refused or stopped.
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
   * Answers of API Gateway with the status 429, for a slow client or for the whole account.
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
   * Broadcasts that missed connections because the table was not read to its end.
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
   * Recipients of a queued broadcast that were put back on the queue, to be tried later.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricRequeued(props?: MetricOptions): Metric;

  /**
   * Recipients, or whole messages, of a queued broadcast that were dropped because of their age.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricExpired(props?: MetricOptions): Metric;

  /**
   * Messages that were not broadcast because of their form, their size or a rate.
   *
   * Sum over 5 minutes. A message of a backend is counted each time that it is received from the queue.
   *
   * @param props overrides of the metric's defaults
   */
  metricRejectedMessages(props?: MetricOptions): Metric;

  /**
   * Clients that were refused because their connection could not be stored.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricConnectionStoreFailures(props?: MetricOptions): Metric;

  /**
   * Messages that got a position in the history.
   *
   * Sum over 5 minutes. Only an API with a `history` sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricAppendedMessages(props?: MetricOptions): Metric;

  /**
   * Messages and actions that were refused because the history was not available.
   *
   * Sum over 5 minutes. Only an API with a `history` sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricHistoryFailures(props?: MetricOptions): Metric;

  /**
   * Positions of the history that stay empty because a function did not fill them after reserving them.
   *
   * Sum over 5 minutes. Only an API with a `history` sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricSealedPositions(props?: MetricOptions): Metric;

  /**
   * Answers that told a client that messages it missed cannot be recovered.
   *
   * Sum over 5 minutes. Only an API with a `history` sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricFailedRecoveries(props?: MetricOptions): Metric;

  /**
   * Messages in the history that were not delivered, so that clients get them only when they ask.
   *
   * Sum over 5 minutes. Only an API with a `history` sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricUndeliveredMessages(props?: MetricOptions): Metric;

  /**
   * Milliseconds that a broadcast took, or the part of a queued one that one invocation delivers.
   *
   * The 99th percentile over 5 minutes. Sent for every broadcast.
   *
   * @param props overrides of the metric's defaults
   */
  metricDuration(props?: MetricOptions): Metric;

  /**
   * Messages and subscriptions that were refused because the `messageHook` failed.
   *
   * It threw, was too slow, or gave an invalid answer.
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
   * Messages that the `messageHook` dropped without an error for their senders.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricHookDropped(props?: MetricOptions): Metric;

  /**
   * Actions, handshakes and disconnects for which the members table was not available.
   *
   * Sum over 5 minutes. Only an API with channels or users sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricChannelFailures(props?: MetricOptions): Metric;

  /**
   * Presence lists that were made and sent to the members of a channel.
   *
   * Sum over 5 minutes. Only an API with presence sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricPresenceLists(props?: MetricOptions): Metric;

  /**
   * Frames with presence lists, one for each connection.
   *
   * Sum over 5 minutes. API Gateway bills each like a message.
   *
   * @param props overrides of the metric's defaults
   */
  metricPresenceFrames(props?: MetricOptions): Metric;

  /**
   * Failed attempts to make or send a presence list, which are repeated.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricPresenceFailures(props?: MetricOptions): Metric;

  /**
   * Messages that were packed into frames, each counted once, however many connections get it.
   *
   * Sum over 5 minutes. Only an API with `MessageFormat.BATCH` sends it. Divided by `metricBatchedFrames`, it shows how full frames are.
   *
   * @param props overrides of the metric's defaults
   */
  metricBatchedMessages(props?: MetricOptions): Metric;

  /**
   * Frames that messages were packed into, each counted once, however many connections get it.
   *
   * Sum over 5 minutes. Only an API with `MessageFormat.BATCH` sends it.
   *
   * @param props overrides of the metric's defaults
   */
  metricBatchedFrames(props?: MetricOptions): Metric;

  /**
   * Connections that were closed because a backend asked for it on `disconnectQueue`.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricKickedConnections(props?: MetricOptions): Metric;

  /**
   * Connections that a backend asked to close on `disconnectQueue`, and that could not be closed.
   *
   * Sum over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricFailedKicks(props?: MetricOptions): Metric;

  /**
   * Milliseconds that the `messageHook` took, seen from the function that invokes it.
   *
   * The 99th percentile over 5 minutes.
   *
   * @param props overrides of the metric's defaults
   */
  metricHookDuration(props?: MetricOptions): Metric;

  /**
   * Requests for a connection, at `$connect`.
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
   * Sum over 5 minutes. Refused connections are among them.
   *
   * @param props overrides of the metric's defaults
   */
  metricIntegrationError(props?: MetricOptions): Metric;

  /**
   * Requests that API Gateway refused before any handler saw them.
   *
   * Sum over 5 minutes: denied by the authorizer, throttled, or without a route.
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
