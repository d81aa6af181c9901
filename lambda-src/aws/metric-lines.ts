import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_DURATION, METRIC_NAMESPACE, STEADY_METRICS } from '../../src/private/contract';

/** Writes metrics to the log, where CloudWatch finds them: as lines of its embedded metric format. */
export class MetricLines {
  private readonly metrics = new Metrics({ namespace: METRIC_NAMESPACE });

  /** Writes one line, which has all these values; those that are 0 and need not be sent are in it, but are no metrics. */
  write(values: Readonly<Record<string, number>>, properties: Readonly<Record<string, string>> = {}): void {
    for (const [name, value] of Object.entries(values)) {
      const unit = name === METRIC_DURATION ? MetricUnit.Milliseconds : MetricUnit.Count;
      if (value !== 0 || unit !== MetricUnit.Count || STEADY_METRICS.includes(name)) this.metrics.addMetric(name, unit, value);
    }
    const line = { ...this.metrics.serializeMetrics(), ...values, ...properties };
    this.metrics.clearMetrics();
    // Not by the console, before whose lines Lambda puts its own.
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
