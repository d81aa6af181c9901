import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { PRESENCE_METRIC } from '../../src/private/layer-contract';

/** Says what became of lists: a line of embedded metrics for what is counted, and a line for each error. Nobody and no channel is named in any. */
export class PresenceReport {
  private readonly metrics = new MetricLines();

  published(frames: number): void {
    this.metrics.write({ [PRESENCE_METRIC.lists]: 1, [PRESENCE_METRIC.frames]: frames });
  }

  failed(messageId: string, error: Error): void {
    logger().error('the list of who is in a channel could not be made or sent; it is tried again: see the throttles and permissions of the members table', { messageId, error });
    this.metrics.write({ [PRESENCE_METRIC.failures]: 1 }, { messageId });
  }
}
