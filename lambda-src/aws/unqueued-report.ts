import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { METRIC_REJECTED_MESSAGES } from '../../src/private/contract';

/** Says that the queue did not take a client's message, of which only its sender learns otherwise: plain text ends in an error of the function. */
export function reportUnqueued(): (messageId: string, error: Error) => void {
  const metrics = new MetricLines();
  return (messageId, error) => {
    logger().error(error.message, { messageId, error });
    metrics.write({ [METRIC_REJECTED_MESSAGES]: 1 }, { messageId, reason: error.name });
  };
}
