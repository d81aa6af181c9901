import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_DURATION, METRIC_NAMESPACE, STEADY_METRICS } from '../../src/private/contract';

/** Writes metrics to the log in CloudWatch's embedded metric format. */
export class MetricLines {
  private readonly metrics = new Metrics({ namespace: METRIC_NAMESPACE });

  /** Writes one line with all these values. Values that are 0 and optional appear in the line, but are no metrics. */
  write(values: Readonly<Record<string, number>>, properties: Readonly<Record<string, string>> = {}): void {
    for (const [name, value] of Object.entries(values)) {
      const unit = name === METRIC_DURATION ? MetricUnit.Milliseconds : MetricUnit.Count;
      if (value !== 0 || unit !== MetricUnit.Count || STEADY_METRICS.includes(name)) this.metrics.addMetric(name, unit, value);
    }
    const line = { ...this.metrics.serializeMetrics(), ...values, ...properties };
    this.metrics.clearMetrics();
    // The console would not do: Lambda prefixes its lines.
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
