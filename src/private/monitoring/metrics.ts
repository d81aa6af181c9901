import { Metric, type MetricOptions, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type IBroadcastMetrics } from '../../broadcast-metrics';
import { METRIC, METRIC_DIMENSION, METRIC_DURATION, METRIC_NAMESPACE, METRIC_REJECTED_MESSAGES, METRIC_CONNECTION_STORE_FAILURES } from '../contract';
import { type StageOfApi } from '../endpoint/connections-grant';
import { BATCH_METRIC, CHANNEL_METRIC, HISTORY_METRIC, HOOK_METRIC, PRESENCE_METRIC } from '../layer-contract';
import { checkPresent, checkStruct } from '../validation/kinds';
import { METRIC_OPTIONS } from '../validation/shapes';

const P99 = Stats.percentile(99);
const DURATIONS: readonly string[] = [METRIC_DURATION, HOOK_METRIC.duration];

/**
 * The metrics of the stage of a WebSocket API.
 *
 * @internal
 */
export abstract class ConstructWithMetrics extends Construct implements IBroadcastMetrics {
  /** @internal */
  public abstract _stageOfApi(): StageOfApi;

  public metric(name: string, props?: MetricOptions): Metric {
    checkPresent('name', name, "give the name of a metric, such as 'Delivered'");
    checkStruct('props', props, METRIC_OPTIONS);
    const kind = DURATIONS.includes(name) ? { unit: Unit.MILLISECONDS, statistic: P99 } : { unit: Unit.COUNT, statistic: Stats.SUM };
    const dimensionsMap = { [METRIC_DIMENSION]: this._stageOfApi().apiId };
    return new Metric({ namespace: METRIC_NAMESPACE, metricName: name, dimensionsMap, ...kind, ...props }).attachTo(this);
  }

  public metricRecipients(props?: MetricOptions): Metric {
    return this.metric(METRIC.recipients, props);
  }

  public metricDelivered(props?: MetricOptions): Metric {
    return this.metric(METRIC.delivered, props);
  }

  public metricGone(props?: MetricOptions): Metric {
    return this.metric(METRIC.gone, props);
  }

  public metricFailed(props?: MetricOptions): Metric {
    return this.metric(METRIC.failed, props);
  }

  public metricAbandoned(props?: MetricOptions): Metric {
    return this.metric(METRIC.abandoned, props);
  }

  public metricRetried(props?: MetricOptions): Metric {
    return this.metric(METRIC.retried, props);
  }

  public metricThrottled(props?: MetricOptions): Metric {
    return this.metric(METRIC.throttled, props);
  }

  public metricStaleConnections(props?: MetricOptions): Metric {
    return this.metric(METRIC.staleConnections, props);
  }

  public metricIncompleteReads(props?: MetricOptions): Metric {
    return this.metric(METRIC.incompleteReads, props);
  }

  public metricRateLimitFallbacks(props?: MetricOptions): Metric {
    return this.metric(METRIC.rateLimitFallbacks, props);
  }

  public metricRequeued(props?: MetricOptions): Metric {
    return this.metric(METRIC.requeued, props);
  }

  public metricExpired(props?: MetricOptions): Metric {
    return this.metric(METRIC.expired, props);
  }

  public metricRejectedMessages(props?: MetricOptions): Metric {
    return this.metric(METRIC_REJECTED_MESSAGES, props);
  }

  public metricConnectionStoreFailures(props?: MetricOptions): Metric {
    return this.metric(METRIC_CONNECTION_STORE_FAILURES, props);
  }

  public metricAppendedMessages(props?: MetricOptions): Metric {
    return this.metric(HISTORY_METRIC.appended, props);
  }

  public metricHistoryFailures(props?: MetricOptions): Metric {
    return this.metric(HISTORY_METRIC.failures, props);
  }

  public metricSealedPositions(props?: MetricOptions): Metric {
    return this.metric(HISTORY_METRIC.sealed, props);
  }

  public metricFailedRecoveries(props?: MetricOptions): Metric {
    return this.metric(HISTORY_METRIC.unrecovered, props);
  }

  public metricUndeliveredMessages(props?: MetricOptions): Metric {
    return this.metric(HISTORY_METRIC.undelivered, props);
  }

  public metricDuration(props?: MetricOptions): Metric {
    return this.metric(METRIC_DURATION, props);
  }

  public metricHookFailed(props?: MetricOptions): Metric {
    return this.metric(HOOK_METRIC.failed, props);
  }

  public metricHookDenied(props?: MetricOptions): Metric {
    return this.metric(HOOK_METRIC.denied, props);
  }

  public metricHookDropped(props?: MetricOptions): Metric {
    return this.metric(HOOK_METRIC.dropped, props);
  }

  public metricChannelFailures(props?: MetricOptions): Metric {
    return this.metric(CHANNEL_METRIC.failures, props);
  }

  public metricPresenceLists(props?: MetricOptions): Metric {
    return this.metric(PRESENCE_METRIC.lists, props);
  }

  public metricPresenceFrames(props?: MetricOptions): Metric {
    return this.metric(PRESENCE_METRIC.frames, props);
  }

  public metricPresenceFailures(props?: MetricOptions): Metric {
    return this.metric(PRESENCE_METRIC.failures, props);
  }

  public metricBatchedMessages(props?: MetricOptions): Metric {
    return this.metric(BATCH_METRIC.messages, props);
  }

  public metricBatchedFrames(props?: MetricOptions): Metric {
    return this.metric(BATCH_METRIC.frames, props);
  }

  public metricKickedConnections(props?: MetricOptions): Metric {
    return this.metric(CHANNEL_METRIC.kicked, props);
  }

  public metricFailedKicks(props?: MetricOptions): Metric {
    return this.metric(CHANNEL_METRIC.failedKicks, props);
  }

  public metricHookDuration(props?: MetricOptions): Metric {
    return this.metric(HOOK_METRIC.duration, props);
  }

  public metricConnectCount(props?: MetricOptions): Metric {
    return this.gateway('ConnectCount', props);
  }

  public metricMessageCount(props?: MetricOptions): Metric {
    return this.gateway('MessageCount', props);
  }

  public metricIntegrationError(props?: MetricOptions): Metric {
    return this.gateway('IntegrationError', props);
  }

  public metricClientError(props?: MetricOptions): Metric {
    return this.gateway('ClientError', props);
  }

  public metricExecutionError(props?: MetricOptions): Metric {
    return this.gateway('ExecutionError', props);
  }

  public metricIntegrationLatency(props?: MetricOptions): Metric {
    return this.gateway('IntegrationLatency', props);
  }

  /** Without a unit, by which metrics are filtered: which one API Gateway sends is documented for its REST APIs only. */
  private gateway(metricName: string, props?: MetricOptions): Metric {
    checkStruct('props', props, METRIC_OPTIONS);
    const { apiId, stageName } = this._stageOfApi();
    const statistic = metricName === 'IntegrationLatency' ? P99 : Stats.SUM;
    const dimensionsMap = { ApiId: apiId, Stage: stageName };
    return new Metric({ namespace: 'AWS/ApiGateway', metricName, dimensionsMap, statistic, ...props }).attachTo(this);
  }
}
