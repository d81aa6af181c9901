import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { METRIC_REJECTED_MESSAGES } from '../../src/private/contract';

/** Reports that the queue did not take a client's message. Otherwise only its sender learns of it; plain text ends in an error of the function. */
export function reportUnqueued(): (messageId: string, error: Error) => void {
  const metrics = new MetricLines();
  return (messageId, error) => {
    logger().error(error.message, { messageId, error });
    metrics.write({ [METRIC_REJECTED_MESSAGES]: 1 }, { messageId, reason: error.name });
  };
}
