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
   * Maximum deliveries in flight in one invocation, from 1 to 128.
   *
   * It can only lower the value that follows from the function's memory: 128 at 566 MB and more, 16 at 128 MB.
   *
   * @default - the value that follows from the memory
   */
  readonly maxInFlight?: number;
}

/**
 * Options of `FanOut.queued`.
 */
export interface QueuedFanOutOptions {
  /**
   * Maximum invocations that deliver parts of large broadcasts at the same time, from 2 to 1,000.
   *
   * More workers do not raise the rate: `deliveryRateLimit` bounds it, and one worker can use it up at the default quota. They
   * help when the quota was raised, or when many clients answer slowly. They count towards the concurrency of the account.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   * @default 4
   */
  readonly workers?: number;

  /**
   * Maximum deliveries in flight in one invocation, from 1 to 128.
   *
   * It can only lower the value that follows from the function's memory: 128 at 566 MB and more, 16 at 128 MB.
   *
   * @default - the value that follows from the memory
   */
  readonly maxInFlight?: number;

  /**
   * Maximum age of a message that is still delivered, from 1 minute to 12 hours.
   *
   * An older message is counted as expired and dropped, so that a queue that was blocked does not broadcast stale messages.
   * SQS treats a message that is moved back from the dead-letter queue as a new one: a backend's message keeps its age only if its
   * message attribute `sentAt` says when it was sent.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   * @default Duration.minutes(5)
   */
  readonly maxAge?: Duration;

  /**
   * Maximum messages that one invocation packs into frames, from 1 to 1,000.
   *
   * Only with `MessageFormat.BATCH`. Without `maxBatchingWindow` a message never waits for others: a batch has those that arrived while the
   * functions were busy. More than 10 need a window of at least 1 second.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   * @default 10
   */
  readonly batchSize?: number;

  /**
   * Maximum time that a message waits for others, in whole seconds up to 5 minutes.
   *
   * Only with `MessageFormat.BATCH`. A message on an idle API waits as well. With a window of one second and a `batchSize` of 1,000,
   * about 94 messages of 200 bytes share a frame.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
   * @default - messages do not wait
   */
  readonly maxBatchingWindow?: Duration;
}

/**
 * Settings of a fan-out for the functions and queues of an API.
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
 * Delivery of clients' messages, directly or through queues.
 */
export class FanOut {
  /**
   * The function that takes a message delivers it to every connection.
   *
   * This is the quickest and the cheapest way. The function has 28 seconds: at the default rate that is enough for about 130,000
   * connections, or for 33,000 in regions with a smaller quota. Recipients that it does not reach are counted as abandoned.
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
   * Messages go through a queue, and several invocations deliver a large broadcast in parts of 50 to 1,000 recipients.
   *
   * The number of connections has no limit. A crash delays a part and loses no recipient, and one broadcast does not hold up the others.
   * A message takes about 50 ms longer, and the requests to the queues cost about as much as an invocation. A sender learns that its
   * message was accepted, not that it was delivered.
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
