import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { HISTORY_METRIC } from '../../src/private/layer-contract';
import type { HistoryReporter } from '../core/actions/action';

/** Says what became of the history: a line of embedded metrics for what is counted, and a line for each error. Nothing of a message is in any. */
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
    logger().error('the history was not available: see the throttles and latency of the history table', { messageId, error });
    this.metrics.write({ [HISTORY_METRIC.failures]: 1 }, { messageId });
  }

  undelivered(messageId: string, error: Error): void {
    logger().error('a message is in the history, and was not passed on: whoever reads the history gets it', { messageId, error });
    this.metrics.write({ [HISTORY_METRIC.undelivered]: 1 }, { messageId });
  }
}
