import { setTimeout as sleep } from 'node:timers/promises';
import type { Children } from './children';
import { REGION } from './credentials';
import { Handler, type HandlerOptions } from './handler/handler';
import type { Settled } from './handler/protocol';
import { outgoing, queueModel } from './queue-model';
import { QueueSource } from '../local/events/queue-source';
import type { Outcome } from '../local/lambda/runtime-api';
import type { QueueModel } from '../local/model/queues';
import type { Outgoing } from '../local/queues/message';
import type { Queue } from '../local/queues/queue';
import { Queues } from '../local/queues/queues';
import { DEFAULT, ENV, TUNING } from '../src/private/contract';

export interface WorkersOptions extends Omit<HandlerOptions, 'bundle'> {
  /** The file of the delivery handler. */
  readonly bundle: string;
  readonly count: number;
  /** Processes that plan. @default 1 */
  readonly planners?: number;
  /** When what a crashed worker held comes back. @default - as the construct sets it */
  readonly visibilitySeconds?: number;
}

/** Messages that a function gets at once, and how long the first of them waits for others. */
export interface BatchSettings {
  readonly batchSize: number;
  readonly windowSeconds: number;
}

const INVOCATION_MILLIS = TUNING.deliveryHandlerTimeoutSeconds * 1_000;
const POLL_MILLIS = 20;
const USUAL_BATCHES: BatchSettings = { batchSize: TUNING.publicQueueBatch, windowSeconds: 0 };

/** The environments of a function, each with an invocation at a time. One that ends in the middle of it is replaced, as Lambda does. */
class Environments {
  static async start(count: number, startOne: () => Promise<Handler>): Promise<Environments> {
    return new Environments(await Promise.all(Array.from({ length: count }, startOne)), startOne);
  }

  readonly settled: Settled[] = [];
  private readonly busy = new Set<Handler>();

  private constructor(private readonly idle: Handler[], private readonly startOne: () => Promise<Handler>) {}

  get count(): number {
    return this.idle.length + this.busy.size;
  }

  async run(event: object): Promise<Outcome> {
    const handler = this.idle.pop()!;
    this.busy.add(handler);
    const invocation = await handler.invoke(event, INVOCATION_MILLIS);
    this.busy.delete(handler);
    if (invocation.settled) this.settled.push(invocation.settled);
    this.idle.push(invocation.settled ? handler : await this.startOne());
    return outcomeOf(invocation);
  }

  /** Ends one that is at work, at once; false when none is. */
  async killOne(): Promise<boolean> {
    const [handler] = this.busy;
    await handler?.stop();
    return handler !== undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.idle, ...this.busy].map((handler) => handler.stop()));
  }
}

/**
 * The delivery handler behind its two queues, as `FanOut.queued` sets them up: processes that plan, and so many that
 * deliver, each with an invocation at a time.
 */
export class Workers {
  /** Name of the queue of the messages. */
  static readonly messageQueueArn = queueModel({ name: 'messages' }).arn;

  static async start(children: Children, options: WorkersOptions): Promise<Workers> {
    const { count, planners = 1, visibilitySeconds: visibilityTimeoutSeconds = TUNING.queueVisibilitySeconds } = options;
    const dead = queueModel({ name: 'dead' });
    const redrive = { targetArn: dead.arn, maxReceiveCount: TUNING.queueReceives };
    const [messages, chunks] = ['messages', 'chunks'].map((name) => queueModel({ name, visibilityTimeoutSeconds, redrive }));
    const queues = await Queues.start([messages, chunks, dead], () => undefined);
    const env = {
      AWS_ENDPOINT_URL_SQS: queues.endpoint,
      [ENV.chunkQueueUrl]: queues.urlOf(chunks),
      [ENV.chunkQueueArn]: chunks.arn,
      [ENV.maxAgeSeconds]: String(DEFAULT.maxAgeSeconds),
      ...options.env,
    };
    const startOne = () => Handler.start(children, { ...options, env });
    const [planning, delivering] = await Promise.all([Environments.start(planners, startOne), Environments.start(count, startOne)]);
    return new Workers(queues, { messages, chunks, dead }, planning, delivering);
  }

  private readonly sources: QueueSource[] = [];

  private constructor(
    private readonly queues: Queues,
    private readonly models: Record<'messages' | 'chunks' | 'dead', QueueModel>,
    private readonly planning: Environments,
    private readonly delivering: Environments,
  ) {}

  /** Result of each invocation that delivered. */
  get settled(): readonly Settled[] {
    return this.delivering.settled;
  }

  /** CPU of all invocations that there were. */
  get cpuMicros(): number {
    return [...this.planning.settled, ...this.delivering.settled].reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
  }

  /** Puts messages on the public queue and has them planned; settles when their work items wait, or they were delivered. */
  async plan(...texts: string[]): Promise<void> {
    const queue = this.queue('messages');
    for (const text of texts) queue.send(outgoing(text));
    const source = this.source('messages', this.planning, USUAL_BATCHES);
    await isEmpty(queue);
    source.stop();
  }

  /** Lets the workers at what waits; settles when nothing is left of it. */
  async deliver(): Promise<void> {
    const source = this.source('chunks', this.delivering, { batchSize: 1, windowSeconds: 0 });
    await isEmpty(this.queue('chunks'));
    source.stop();
  }

  /** Plans and delivers what `publish` sends, while it does; settles when nothing is left of it. */
  async follow(batches: BatchSettings, publish: (send: (message: Outgoing) => void) => Promise<void>): Promise<void> {
    const messages = this.queue('messages');
    const sources = [this.source('messages', this.planning, batches), this.source('chunks', this.delivering, { batchSize: 1, windowSeconds: 0 })];
    await publish((message) => void messages.send(message));
    await isEmpty(messages);
    await isEmpty(this.queue('chunks'));
    for (const source of sources) source.stop();
  }

  /** Ends one worker that is at work, at once; false when none is. */
  async killOne(): Promise<boolean> {
    return this.delivering.killOne();
  }

  /** Number of messages in the dead-letter queue. */
  get deadLetters(): number {
    return this.queue('dead').counts().visible;
  }

  async stop(): Promise<void> {
    for (const source of this.sources) source.stop();
    await Promise.all([this.queues.stop(), this.planning.stop(), this.delivering.stop()]);
  }

  private queue(name: keyof Workers['models']): Queue {
    return this.queues.find(this.models[name].arn)!;
  }

  private source(name: 'messages' | 'chunks', environments: Environments, { batchSize, windowSeconds }: BatchSettings): QueueSource {
    const queue = this.queue(name);
    const model = {
      path: name,
      queueArn: queue.model.arn,
      functionArn: name,
      region: REGION,
      batchSize,
      batchingWindowSeconds: windowSeconds,
      concurrency: environments.count,
      reportsFailures: true,
    };
    const source = new QueueSource(model, queue, (_name, event) => environments.run(event), () => undefined);
    this.sources.push(source);
    return source;
  }
}

function outcomeOf({ settled, output }: Awaited<ReturnType<Handler['invoke']>>): Outcome {
  if (settled && !settled.error) return { ok: true, payload: settled.result };
  return { ok: false, errorType: settled?.error?.name ?? 'Crash', errorMessage: settled?.error?.message ?? output };
}

async function isEmpty(queue: Queue): Promise<void> {
  for (;;) {
    const { visible, inFlight, delayed } = queue.counts();
    if (visible + inFlight + delayed === 0) return;
    await sleep(POLL_MILLIS);
  }
}
