import { setTimeout as sleep } from 'node:timers/promises';
import type { Children } from './children';
import { REGION } from './credentials';
import { Handler, type HandlerOptions } from './handler/handler';
import type { Settled } from './handler/protocol';
import { outgoing, queueModel } from './queue-model';
import { QueueSource } from '../local/events/queue-source';
import type { Outcome } from '../local/lambda/runtime-api';
import type { QueueModel } from '../local/model/queues';
import type { Queue } from '../local/queues/queue';
import { Queues } from '../local/queues/queues';
import { DEFAULT, ENV, TUNING } from '../src/private/contract';

export interface WorkersOptions extends Omit<HandlerOptions, 'bundle'> {
  /** The file of the delivery handler. */
  readonly bundle: string;
  readonly count: number;
  /** When what a crashed worker held comes back. @default - as the construct sets it */
  readonly visibilitySeconds?: number;
}

const INVOCATION_MILLIS = TUNING.deliveryHandlerTimeoutSeconds * 1_000;
const POLL_MILLIS = 20;

/**
 * The delivery handler behind its two queues, as `FanOut.queued` sets them up: one process that plans, and so many that
 * deliver, each with an invocation at a time. A process that ends in the middle of one is replaced, as Lambda does.
 */
export class Workers {
  static async start(children: Children, options: WorkersOptions): Promise<Workers> {
    const { count, visibilitySeconds: visibilityTimeoutSeconds = TUNING.queueVisibilitySeconds } = options;
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
    const [planner, ...handlers] = await Promise.all(Array.from({ length: 1 + count }, startOne));
    return new Workers(queues, { messages, chunks, dead }, planner, handlers, startOne);
  }

  /** Result of each invocation that delivered. */
  readonly settled: Settled[] = [];
  private readonly sources: QueueSource[] = [];
  private readonly idle: Handler[];
  private readonly busy = new Set<Handler>();

  private constructor(
    private readonly queues: Queues,
    private readonly models: Record<'messages' | 'chunks' | 'dead', QueueModel>,
    private readonly planner: Handler,
    handlers: readonly Handler[],
    private readonly startOne: () => Promise<Handler>,
  ) {
    this.idle = [...handlers];
  }

  /** Puts messages on the public queue and has them planned; settles when their work items wait, or they were delivered. */
  async plan(...texts: string[]): Promise<void> {
    const queue = this.queue('messages');
    for (const text of texts) queue.send(outgoing(text));
    const source = this.source('messages', TUNING.publicQueueBatch, 1, async (event) => outcomeOf(await this.planner.invoke(event, INVOCATION_MILLIS)));
    await isEmpty(queue);
    source.stop();
  }

  /** Lets the workers at what waits; settles when nothing is left of it. */
  async deliver(): Promise<void> {
    const source = this.source('chunks', 1, this.idle.length, (event) => this.run(event));
    await isEmpty(this.queue('chunks'));
    source.stop();
  }

  /** Ends one worker that is at work, at once; false when none is. */
  async killOne(): Promise<boolean> {
    const [handler] = this.busy;
    await handler?.stop();
    return handler !== undefined;
  }

  /** Number of messages in the dead-letter queue. */
  get deadLetters(): number {
    return this.queue('dead').counts().visible;
  }

  async stop(): Promise<void> {
    for (const source of this.sources) source.stop();
    await Promise.all([this.queues.stop(), ...[this.planner, ...this.idle, ...this.busy].map((handler) => handler.stop())]);
  }

  private async run(event: object): Promise<Outcome> {
    const handler = this.idle.pop()!;
    this.busy.add(handler);
    const invocation = await handler.invoke(event, INVOCATION_MILLIS);
    this.busy.delete(handler);
    if (invocation.settled) this.settled.push(invocation.settled);
    this.idle.push(invocation.settled ? handler : await this.startOne());
    return outcomeOf(invocation);
  }

  private queue(name: keyof Workers['models']): Queue {
    return this.queues.find(this.models[name].arn)!;
  }

  private source(name: 'messages' | 'chunks', batchSize: number, concurrency: number, invoke: (event: object) => Promise<Outcome>): QueueSource {
    const queue = this.queue(name);
    const model = {
      path: name,
      queueArn: queue.model.arn,
      functionArn: name,
      region: REGION,
      batchSize,
      batchingWindowSeconds: 0,
      concurrency,
      reportsFailures: true,
    };
    const source = new QueueSource(model, queue, (_name, event) => invoke(event), () => undefined);
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
