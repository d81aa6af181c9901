import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logger } from './logger';
import { METRIC_NAMESPACE } from '../../src/private/contract';
import { HOOK_METRIC } from '../../src/private/layer-contract';
import type { HookReporter } from '../core/hook';

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/** Reports the decisions of the message hook: metrics, and a line for each failure. No line holds any part of a message or an answer. */
export class HookReport implements HookReporter {
  private readonly metrics = new Metrics({ namespace: METRIC_NAMESPACE });

  failed(messageId: string, error: Error): void {
    logger().error(error.message, { messageId, error });
    this.write(HOOK_METRIC.failed, MetricUnit.Count, 1, { messageId });
  }

  denied(messageId: string): void {
    this.write(HOOK_METRIC.denied, MetricUnit.Count, 1, { messageId });
  }

  dropped(messageId: string): void {
    this.write(HOOK_METRIC.dropped, MetricUnit.Count, 1, { messageId });
  }

  took(millis: number): void {
    this.write(HOOK_METRIC.duration, MetricUnit.Milliseconds, millis);
  }

  private write(name: string, unit: Unit, value: number, properties: Readonly<Record<string, string>> = {}): void {
    this.metrics.addMetric(name, unit, value);
    const line = this.metrics.serializeMetrics();
    this.metrics.clearMetrics();
    process.stdout.write(`${JSON.stringify({ ...line, ...properties })}\n`);
  }
}
