import { type Duration } from 'aws-cdk-lib';
import { BOUND, DEFAULT } from './private/contract';
import { checkDuration, checkInteger } from './private/validation/checks';
import { checkStruct, duration, required, struct } from './private/validation/object-kinds';

/**
 * Options of `FanOut.direct`.
 */
export interface DirectFanOutOptions {
  /**
   * Deliveries in flight at once in one invocation, from 1 to 128.
   *
   * It only lowers what the memory size of the function suggests: 128 at 566 MB and more, 16 at 128 MB.
   *
   * @default - what the memory size suggests
   */
  readonly maxInFlight?: number;
}

/**
 * Options of `FanOut.queued`.
 */
export interface QueuedFanOutOptions {
  /**
   * Invocations that deliver parts of large broadcasts at once, from 2 to 1,000.
   *
   * More of them do not raise the rate, which `deliveryRateLimit` bounds for the whole API and one worker can fill at the
   * default quota: they help when the quota was raised, or when many clients answer slowly. They are taken from the
   * concurrency of the account.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   * @default 4
   */
  readonly workers?: number;

  /**
   * Deliveries in flight at once in one invocation, from 1 to 128.
   *
   * It only lowers what the memory size of the function suggests: 128 at 566 MB and more, 16 at 128 MB.
   *
   * @default - what the memory size suggests
   */
  readonly maxInFlight?: number;

  /**
   * How long after it was sent a message is still delivered, from 1 minute to 12 hours.
   *
   * What is older is counted as expired and dropped: a queue that was blocked, or a client's message that is moved back from
   * the dead-letter queue, never broadcasts what nobody waits for any more. SQS takes a message that is moved back for a new
   * one: a backend's message is as old as before only if it says when it was sent, by its message attribute `sentAt`.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   * @default Duration.minutes(5)
   */
  readonly maxAge?: Duration;
}

/**
 * What a fan-out settles for the functions and queues of an API.
 *
 * @internal
 */
export interface FanOutSettings {
  /** Whether clients' messages go through the queue. */
  readonly queued: boolean;
  readonly workers: number;
  readonly maxAgeSeconds: number;
  readonly maxInFlight?: number;
}

const DIRECT_OPTIONS = required(struct<DirectFanOutOptions>({}));
const QUEUED_OPTIONS = required(struct<QueuedFanOutOptions>({ maxAge: duration('write Duration.minutes(5)') }));

/**
 * How a client's message gets to its recipients.
 */
export class FanOut {
  /**
   * The function that takes a message delivers it to every connection.
   *
   * The quickest, and the cheapest. It has 28 seconds: at the default rate that is enough for some 130,000 connections, or
   * for 33,000 in the regions with a smaller quota. Whoever it does not get to is counted as abandoned.
   *
   * @param options the options
   * @throws an error when an option is not valid
   */
  public static direct(options: DirectFanOutOptions = {}): FanOut {
    checkStruct('options', options, DIRECT_OPTIONS);
    checkMaxInFlight(options.maxInFlight);
    return new FanOut({
      queued: false,
      workers: DEFAULT.workers,
      maxAgeSeconds: DEFAULT.maxAgeSeconds,
      maxInFlight: options.maxInFlight,
    });
  }

  /**
   * Messages go on a queue; those to many connections are delivered in parts of 50 to 1,000, by several invocations.
   *
   * No number of connections is too many, a crash delays a part and loses nobody, and one broadcast does not hold up the
   * others. A message takes some 50 ms more, and the requests to the queues cost about as much as an invocation. A sender
   * learns that its message was taken, not that it was delivered.
   *
   * @param options the options
   * @throws an error when an option is not valid
   */
  public static queued(options: QueuedFanOutOptions = {}): FanOut {
    checkStruct('options', options, QUEUED_OPTIONS);
    const { workers, maxInFlight, maxAge } = options;
    checkInteger('workers', workers, BOUND.minWorkers, BOUND.maxWorkers, 'invocations', `Lambda takes no other concurrency of a queue: leave it out to get ${DEFAULT.workers}`);
    checkMaxInFlight(maxInFlight);
    checkDuration('maxAge', maxAge, BOUND.minMaxAgeSeconds, BOUND.maxMaxAgeSeconds, 'retries need a minute, and the queues keep a message for a day only: use Duration.minutes(5)');
    return new FanOut({
      queued: true,
      workers: workers ?? DEFAULT.workers,
      maxAgeSeconds: maxAge?.toSeconds() ?? DEFAULT.maxAgeSeconds,
      maxInFlight,
    });
  }

  private constructor(private readonly settings: FanOutSettings) {}

  /** @internal */
  public _bind(): FanOutSettings {
    return this.settings;
  }
}

function checkMaxInFlight(maxInFlight: number | undefined): void {
  checkInteger('maxInFlight', maxInFlight, 1, BOUND.maxInFlight, 'deliveries', 'an invocation opens no more connections to API Gateway: leave it out to use what the memory size allows');
}
