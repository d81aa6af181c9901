import { type Duration, Token } from 'aws-cdk-lib';
import { BOUND, DEFAULT } from './private/contract';
import { LAYER_BOUND } from './private/layer-contract';
import { checkDuration, checkInteger } from './private/validation/checks';
import { checkStruct, duration, required, struct } from './private/validation/kinds';

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

  /**
   * Messages that share frames at most, from 1 to 1,000. Only with `MessageFormat.BATCH`.
   *
   * Without `maxBatchingWindow` a message never waits for others: a batch has those that came while the functions were busy.
   * More than 10 need a window of at least 1 second.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   * @default 10
   */
  readonly batchSize?: number;

  /**
   * How long messages wait for others, in whole seconds up to 5 minutes. Only with `MessageFormat.BATCH`.
   *
   * A message on an idle API waits as well. With a second and a `batchSize` of 1,000, some 94 messages of 200 bytes share a frame.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
   * @default - messages do not wait
   */
  readonly maxBatchingWindow?: Duration;
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
  readonly batchSize?: number;
  readonly maxBatchingWindowSeconds?: number;
}

const DIRECT_OPTIONS = required(struct<DirectFanOutOptions>({}));
const QUEUED_OPTIONS = required(struct<QueuedFanOutOptions>({
  maxAge: duration('write Duration.minutes(5)'),
  maxBatchingWindow: duration('write Duration.seconds(1)'),
}));

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
    const { workers, maxInFlight, maxAge, batchSize, maxBatchingWindow } = options;
    checkInteger('workers', workers, BOUND.minWorkers, BOUND.maxWorkers, 'invocations', `Lambda takes no other concurrency of a queue: leave it out to get ${DEFAULT.workers}`);
    checkMaxInFlight(maxInFlight);
    checkDuration('maxAge', maxAge, BOUND.minMaxAgeSeconds, BOUND.maxMaxAgeSeconds, 'retries need a minute, and the queues keep a message for a day only: use Duration.minutes(5)');
    checkBatching(options);
    return new FanOut({
      queued: true,
      workers: workers ?? DEFAULT.workers,
      maxAgeSeconds: maxAge?.toSeconds() ?? DEFAULT.maxAgeSeconds,
      maxInFlight,
      batchSize,
      maxBatchingWindowSeconds: maxBatchingWindow?.toSeconds(),
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

function checkBatching({ batchSize, maxBatchingWindow }: QueuedFanOutOptions): void {
  const { maxBatchSize, maxBatchSizeWithoutWindow, maxBatchingWindowSeconds } = LAYER_BOUND;
  checkInteger('batchSize', batchSize, 1, maxBatchSize, 'messages', 'they have to share frames of 32 KB: leave it out to get 10');
  checkDuration('maxBatchingWindow', maxBatchingWindow, 1, maxBatchingWindowSeconds, 'SQS waits in whole seconds: use Duration.seconds(1), or leave it out');
  if (maxBatchingWindow?.isUnresolved()) {
    throw new Error("'maxBatchingWindow' must be known when the app is synthesised, got a token; the queues keep messages hidden for longer by it: use Duration.seconds(1)");
  }
  if (batchSize === undefined || Token.isUnresolved(batchSize) || batchSize <= maxBatchSizeWithoutWindow || maxBatchingWindow) return;
  throw new Error(
    `'batchSize' must be at most ${maxBatchSizeWithoutWindow} without 'maxBatchingWindow', got ${batchSize}; SQS hands out no more at once: `
    + 'set maxBatchingWindow: Duration.seconds(1), or lower it',
  );
}
