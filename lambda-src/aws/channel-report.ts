import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { CHANNEL_METRIC } from '../../src/private/layer-contract';
import type { ChannelReporter } from '../core/actions/action';

/** Says what became of channels and connections: a line of embedded metrics for what is counted, and a line for each error. No channel is named in any. */
export class ChannelReport implements ChannelReporter {
  private readonly metrics = new MetricLines();

  failed(messageId: string, error: Error): void {
    logger().error('who is in which channel could not be read or written: see the permissions, throttles and latency of the members table', { messageId, error });
    this.metrics.write({ [CHANNEL_METRIC.failures]: 1 }, { messageId });
  }

  /** Some answers to a client could not be sent. */
  unanswered(count: number): void {
    logger().warn('a client did not get some answers to its subscribe: it has closed, or reads too slowly', { unanswered: count });
  }

  refused(reason: string): void {
    logger().info(`a client was refused: ${reason}`);
  }

  kicked(messageId: string, kicked: number, failed: number): void {
    this.metrics.write({ [CHANNEL_METRIC.kicked]: kicked, [CHANNEL_METRIC.failedKicks]: failed }, { messageId });
  }

  /** A kick that could not be carried out, or only in part. */
  notKicked(messageId: string, error: Error): void {
    logger().error(error.message, { messageId, error });
  }
}
