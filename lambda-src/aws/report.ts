import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { systemClock } from './system-clock';
import { METRIC, METRIC_DURATION, METRIC_REJECTED_MESSAGES } from '../../src/private/contract';
import type { BroadcastResult } from '../core/broadcast';
import { BroadcastRefusedError, MalformedWorkItemError, MessageTooLargeError, RefusedPublicationError } from '../core/errors';
import type { Reporter } from '../core/queue-batch';
import type { Tally } from '../core/tally';

/** Cause and fix for each count that should be 0. */
const CURES: { readonly [count in keyof Tally]?: string } = {
  failed: 'API Gateway did not accept these deliveries: see Throttled and Retried, and the other APIs of this account, which share its quota',
  abandoned: 'the function ran out of time: raise its memory, or deliveryRateLimit if the account\'s quota allows it',
  incompleteReads: 'the table was not read to its end, so some clients were missed: see the throttles of the table and the function\'s time limit',
  staleConnections: 'rows of closed connections stay in the table until the next broadcast, or until their TTL; those without connectedAt for ever',
  rateLimitFallbacks: 'the shared delivery rate could not be reserved: check that the function may dynamodb:UpdateItem the item #pace',
  expired: 'these came up for delivery too late and were dropped: see the age of the oldest message on the queues, and maxAge',
};

/** Cause and fix for abandoned recipients that are not lost. */
const DEAD_LETTERED = 'a part of the broadcast went back on its queue too often, and is in the dead-letter queue now: raise deliveryRateLimit, '
  + 'or lower the number of workers, and move it back before it is too old';

/** A larger change of the wall clock means that it was set: drifting so far takes hours. */
const STEP_MILLIS = 1_000;

/** Errors that another receive cannot fix. */
const REFUSALS = [MalformedWorkItemError, MessageTooLargeError, RefusedPublicationError];

/**
 * Reports the result of a broadcast: one line of metrics, and a line with cause and fix for each kind of failure. No line holds any part of
 * the message.
 */
export class Report implements Reporter {
  private readonly metrics = new MetricLines();

  broadcast(messageId: string, result: BroadcastResult): void {
    const { tally, durationMillis, failure, brokenOff } = result;
    const cause = failure ?? brokenOff;
    if (cause) logger().error(cause.message, { messageId, error: cause });
    else this.sayCures(messageId, result);
    this.sayStep(messageId);
    this.metrics.write({
      ...countsOf(tally),
      ...(durationMillis !== undefined && { [METRIC_DURATION]: durationMillis }),
      ...(failure instanceof BroadcastRefusedError && { [METRIC_REJECTED_MESSAGES]: 1 }),
    }, { messageId });
  }

  /** Reports partial failures; when all failed for one reason, the line of that reason says what to do. */
  private sayCures(messageId: string, { tally, unreachable, deadLettered, readFailure }: BroadcastResult): void {
    for (const [name, cure] of Object.entries({ ...CURES, ...(deadLettered && { abandoned: DEAD_LETTERED }) })) {
      const count = tally[name as keyof Tally];
      if (count > 0) logger().warn(cure, { messageId, [name]: count });
    }
    if (unreachable) logger().warn('no connection to API Gateway could be opened: check WS_CALLBACK_URL, and the routes and DNS servers of a VPC', { messageId, unreachable });
    if (readFailure) logger().error('the connections table could not be read', { messageId, error: readFailure as Error });
  }

  /** Requests are signed with the wall clock: if it is wrong, API Gateway answers 403. */
  private sayStep(messageId: string): void {
    const { wallStep } = systemClock;
    if (Math.abs(wallStep) > STEP_MILLIS) logger().warn('the wall clock was set in the middle of a broadcast, which continued on a steady clock', { messageId, wallStep });
  }

  failed(messageId: string, error: Error): void {
    logger().error(error.message, { messageId, error });
    if (REFUSALS.some((refusal) => error instanceof refusal)) this.metrics.write({ [METRIC_REJECTED_MESSAGES]: 1 }, { messageId });
  }
}

function countsOf(tally: Tally): Record<string, number> {
  return Object.fromEntries(Object.entries(METRIC).map(([count, name]) => [name, tally[count as keyof typeof METRIC]]));
}
