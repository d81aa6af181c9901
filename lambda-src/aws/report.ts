import { logger } from './logger';
import { MetricLines } from './metric-lines';
import { systemClock } from './system-clock';
import { METRIC, METRIC_DURATION, METRIC_REJECTED_MESSAGES } from '../../src/private/contract';
import type { BroadcastResult } from '../core/broadcast';
import { BroadcastRefusedError, MalformedWorkItemError, MessageTooLargeError, RefusedPublicationError } from '../core/errors';
import type { Reporter } from '../core/queue-batch';
import type { Tally } from '../core/tally';

/** What is wrong and what to do about it, for each count that should be 0. */
const CURES: { readonly [count in keyof Tally]?: string } = {
  failed: 'API Gateway did not accept these deliveries: see Throttled and Retried, and the other APIs of this account, which share its quota',
  abandoned: 'the function ran out of time: raise its memory, or deliveryRateLimit if the account\'s quota allows it',
  incompleteReads: 'the table was not read to its end, so some clients were missed: see the throttles of the table and the function\'s time limit',
  staleConnections: 'rows of closed connections stay in the table until the next broadcast, or until their TTL; those without connectedAt for ever',
  rateLimitFallbacks: 'the shared delivery rate could not be reserved: check that the function may dynamodb:UpdateItem the item #pace',
  expired: 'these came up for delivery too late and were dropped: see the age of the oldest message on the queues, and maxAge',
};

/** The cure for those who are abandoned but not lost. */
const DEAD_LETTERED = 'a part of the broadcast went back on its queue too often, and is in the dead-letter queue now: raise deliveryRateLimit, '
  + 'or lower the number of workers, and move it back before it is too old';

/** A wall clock that differs by more from what it was was set: to drift so far takes hours. */
const STEP_MILLIS = 1_000;

/** What no later receipt can mend. */
const REFUSALS = [MalformedWorkItemError, MessageTooLargeError, RefusedPublicationError];

/**
 * Says what a broadcast came to: one line of embedded metrics, and a line with the cure for each thing that went wrong.
 * Nothing of the message is in any.
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

  /** What went wrong for some; when one thing went wrong for all, its own line says what to do. */
  private sayCures(messageId: string, { tally, unreachable, deadLettered, readFailure }: BroadcastResult): void {
    for (const [name, cure] of Object.entries({ ...CURES, ...(deadLettered && { abandoned: DEAD_LETTERED }) })) {
      const count = tally[name as keyof Tally];
      if (count > 0) logger().warn(cure, { messageId, [name]: count });
    }
    if (unreachable) logger().warn('no connection to API Gateway was to be had: see WS_CALLBACK_URL, and the routes and name servers of a VPC', { messageId, unreachable });
    if (readFailure) logger().error('the connections table could not be read', { messageId, error: readFailure as Error });
  }

  /** What is sent is signed by the wall clock: if that is wrong, API Gateway answers 403. */
  private sayStep(messageId: string): void {
    const { wallStep } = systemClock;
    if (Math.abs(wallStep) > STEP_MILLIS) logger().warn('the wall clock was set in the middle of a broadcast, which went on by a steady one', { messageId, wallStep });
  }

  failed(messageId: string, error: Error): void {
    logger().error(error.message, { messageId, error });
    if (REFUSALS.some((refusal) => error instanceof refusal)) this.metrics.write({ [METRIC_REJECTED_MESSAGES]: 1 }, { messageId });
  }
}

function countsOf(tally: Tally): Record<string, number> {
  return Object.fromEntries(Object.entries(METRIC).map(([count, name]) => [name, tally[count as keyof typeof METRIC]]));
}
