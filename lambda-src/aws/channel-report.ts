import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { CHANNEL_METRIC } from '../../src/private/layer-contract';
import type { ChannelReporter } from '../core/actions/action';

/** Reports on channels and connections: metrics in one line, and a line for each error. No line names a channel. */
export class ChannelReport implements ChannelReporter {
  private readonly metrics = new MetricLines();

  failed(messageId: string, error: Error): void {
    logger().error('the members table could not be read or written: check the permissions, throttles and latency of the table', { messageId, error });
    this.metrics.write({ [CHANNEL_METRIC.failures]: 1 }, { messageId });
  }

  /** Counts answers that could not be sent to a client. */
  unanswered(count: number): void {
    logger().warn('a client did not get some answers to its subscribe: it has closed, or reads too slowly', { unanswered: count });
  }

  refused(reason: string): void {
    logger().info(`a client was refused: ${reason}`);
  }

  kicked(messageId: string, kicked: number, failed: number): void {
    this.metrics.write({ [CHANNEL_METRIC.kicked]: kicked, [CHANNEL_METRIC.failedKicks]: failed }, { messageId });
  }

  /** Reports a disconnect request that was not carried out, or only in part. */
  notKicked(messageId: string, error: Error): void {
    logger().error(error.message, { messageId, error });
  }
}
