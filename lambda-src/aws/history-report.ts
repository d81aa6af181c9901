import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { HISTORY_METRIC } from '../../src/private/layer-contract';
import type { HistoryReporter } from '../core/actions/action';

/** Reports on the history: metrics in one line, and a line for each error. No line holds any part of a message. */
export class HistoryReport implements HistoryReporter {
  private readonly metrics = new MetricLines();

  appended(count: number): void {
    if (count > 0) this.metrics.write({ [HISTORY_METRIC.appended]: count });
  }

  sealed(count: number): void {
    this.metrics.write({ [HISTORY_METRIC.sealed]: count });
  }

  unrecovered(messageId: string): void {
    this.metrics.write({ [HISTORY_METRIC.unrecovered]: 1 }, { messageId });
  }

  failed(messageId: string, error: Error): void {
    logger().error('the history was not available: check the throttles and latency of the history table', { messageId, error });
    this.metrics.write({ [HISTORY_METRIC.failures]: 1 }, { messageId });
  }

  undelivered(messageId: string, error: Error): void {
    logger().error('a message is in the history but was not delivered: clients that read the history get it', { messageId, error });
    this.metrics.write({ [HISTORY_METRIC.undelivered]: 1 }, { messageId });
  }
}
