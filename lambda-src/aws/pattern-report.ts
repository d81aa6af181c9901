import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Report } from './report';
import { METRIC, METRIC_NAMESPACE } from '../../src/private/contract';
import { PATTERN_DIMENSION } from '../../src/private/layer-contract';
import type { PatternReporter } from '../core/addressed-batch';
import type { BroadcastResult } from '../core/broadcast';

/** Counts the steady metrics once more for each pattern. Patterns, not channels, since each custom metric is billed. */
export class PatternReport extends Report implements PatternReporter {
  private readonly byPattern = new Metrics({ namespace: METRIC_NAMESPACE });

  override broadcast(messageId: string, result: BroadcastResult, pattern?: string): void {
    super.broadcast(messageId, result);
    if (pattern === undefined) return;
    const { recipients, delivered } = result.tally;
    this.byPattern.addDimension(PATTERN_DIMENSION, pattern);
    this.byPattern.addMetric(METRIC.recipients, MetricUnit.Count, recipients);
    this.byPattern.addMetric(METRIC.delivered, MetricUnit.Count, delivered);
    const line = this.byPattern.serializeMetrics();
    this.byPattern.clearDimensions();
    this.byPattern.clearMetrics();
    process.stdout.write(`${JSON.stringify({ ...line, messageId })}\n`);
  }
}
