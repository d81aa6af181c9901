import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { PRESENCE_METRIC } from '../../src/private/layer-contract';

/** Reports on lists: metrics in one line, and a line for each error. No line names a user or a channel. */
export class PresenceReport {
  private readonly metrics = new MetricLines();

  published(frames: number): void {
    this.metrics.write({ [PRESENCE_METRIC.lists]: 1, [PRESENCE_METRIC.frames]: frames });
  }

  failed(messageId: string, error: Error): void {
    logger().error('the list of the users in a channel could not be made or sent, and is tried again: check the throttles and permissions of the members table', { messageId, error });
    this.metrics.write({ [PRESENCE_METRIC.failures]: 1 }, { messageId });
  }
}
