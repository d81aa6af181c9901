import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC, METRIC_DIMENSION, METRIC_NAMESPACE } from '../../src/private/contract';
import type { BroadcastResult } from '../core/broadcast';
import type { Tally } from '../core/tally';

/** What is wrong and what to do about it, for each count that should be 0. */
const CURES: { readonly [count in keyof Tally]?: string } = {
  failed: 'API Gateway refused these deliveries after all tries: see its IntegrationError and the other APIs of this account',
  abandoned: 'the function ran out of time: raise its memory, or deliveryRateLimit if the account\'s quota allows it',
  unread: 'the table was not read to its end, so some clients were missed: see the throttles of the table and the function\'s time limit',
  unpruned: 'rows of closed connections stay in the table until the next broadcast, or until their TTL',
  unbudgeted: 'the shared delivery rate could not be reserved: check that the function may dynamodb:UpdateItem the item #pace',
};

/** Says what a broadcast came to, in the log and in metrics. Nothing of the message is in either. */
export class Report {
  private readonly logger: Logger;
  private readonly metrics: Metrics;

  constructor(apiId: string) {
    this.logger = new Logger({ serviceName: METRIC_NAMESPACE });
    this.metrics = new Metrics({ namespace: METRIC_NAMESPACE, defaultDimensions: { [METRIC_DIMENSION]: apiId } });
  }

  broadcast(messageId: string, { tally, failure, readFailure }: BroadcastResult): void {
    this.logger.info('broadcast', { messageId, ...tally });
    for (const [count, cure] of Object.entries(CURES)) {
      if (tally[count as keyof Tally] > 0) this.logger.warn(cure, { messageId, [count]: tally[count as keyof Tally] });
    }
    if (readFailure) this.logger.error('the connections table could not be read', { messageId, error: readFailure as Error });
    if (failure) this.logger.error(failure.message, { messageId, error: failure });
    for (const [count, name] of Object.entries(METRIC)) {
      this.metrics.addMetric(name, MetricUnit.Count, tally[count as keyof typeof METRIC]);
    }
    this.metrics.publishStoredMetrics();
  }
}
