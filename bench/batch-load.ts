import type { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PaceItem } from '../harness/pace-item';
import { VirtualClock } from '../harness/virtual-clock';
import { SharedBudget } from '../lambda-src/aws/shared-budget';
import { AddresseeReader } from '../lambda-src/core/channels/addressee';
import { ChannelRules } from '../lambda-src/core/channels/channel-rules';
import type { Connection } from '../lambda-src/core/connection';
import { deliverInFrames, type FrameDeliveryPorts, type FrameRecord } from '../lambda-src/core/frame-delivery';
import { handleRecords } from '../lambda-src/core/queue-batch';
import type { Sender } from '../lambda-src/core/sender';
import { DEFAULT, QUOTA, TUNING } from '../src/private/contract';

/*
 * Messages that arrive at a steady rate, on a virtual clock: the shipped planning, packing, pacing and delivering, between queues, workers
 * and an endpoint whose times are assumed.
 */

export interface Load {
  readonly messagesPerSecond: number;
  readonly recipients: number;
  readonly seconds: number;
  /** Absent when each message has a frame of its own. */
  readonly frames?: { readonly batchSize: number; readonly windowSeconds: number };
}

export interface LoadResult {
  /** Messages that all recipients have, times recipients, in a second of the arrivals. */
  readonly deliveredPerSecond: number;
  readonly posts: number;
  readonly bytes: number;
  readonly invocations: number;
  readonly workerSeconds: number;
  /** From publishing to the last recipient, in milliseconds, sorted; of messages that all recipients have. */
  readonly latencies: readonly number[];
  readonly deliveries: number;
  /** To send, to receive and to delete messages and work items. */
  readonly queueRequests: number;
}

const TEXT = 'x'.repeat(200);
/** As long as the ids that API Gateway gives. */
const FROM = 'L0SM9cOFvHcCIhw=';
/** The position of a log that has been in use for a while. */
const FIRST_POSITION = 1_000_000;

/** Assumed times of a queue, of an answer of API Gateway, and of a request to the table. */
const QUEUE_MILLIS = 20;
const ANSWER_MILLIS = 20;
const TABLE_MILLIS = 6;
const RATE = QUOTA.requestsPerSecond / 2;
/** Maximum messages that a queue hands out at once. */
const RECEIVE = 10;
/** To receive and to delete. */
const REQUESTS_PER_BATCH = 2;
const GRACE_MILLIS = 30_000;
const DEADLINE_MILLIS = TUNING.deliveryHandlerTimeoutSeconds * 1_000 - 500;

interface Published {
  readonly at: number;
  left: number;
  doneAt?: number;
}

/** A queue that invokes a function with what waits on it. */
class Source {
  private readonly waiting: FrameRecord[] = [];
  private running = 0;
  private timer = false;

  constructor(
    private readonly clock: VirtualClock,
    private readonly concurrency: number,
    private readonly batchSize: number,
    private readonly windowMillis: number,
    private readonly invoke: (records: readonly FrameRecord[]) => Promise<void>,
  ) {}

  put(record: FrameRecord, delayMillis = 0): void {
    this.clock.after(delayMillis + QUEUE_MILLIS, () => {
      this.waiting.push(record);
      this.poll();
    });
  }

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.running === 0;
  }

  private poll(): void {
    if (this.windowMillis === 0 || this.waiting.length >= this.batchSize) {this.start();} else if (!this.timer && this.waiting.length > 0) {
      this.timer = true;
      this.clock.after(this.windowMillis, () => {
        this.timer = false;
        this.start();
        this.poll();
      });
    }
  }

  private start(): void {
    while (this.running < this.concurrency && this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.windowMillis === 0 ? Math.min(RECEIVE, this.batchSize) : this.batchSize);
      this.running++;
      void this.invoke(batch).then(() => {
        this.running--;
        this.poll();
      });
    }
  }
}

export async function runLoad({ messagesPerSecond, recipients, seconds, frames }: Load): Promise<LoadResult> {
  const clock = new VirtualClock();
  const start = clock.now();
  const rows: Connection[] = Array.from({ length: recipients }, (_, index) => ({ connectionId: `c${index}`, connectedAt: start - 600_000 }));
  const pace = new PaceItem();
  const published = new Map<string, Published>();
  let posts = 0;
  let bytes = 0;
  let invocations = 0;
  let workerMillis = 0;
  let queueRequests = 0;

  const idsIn = (body: string): string[] => {
    const message = JSON.parse(body);
    return (message.messages ?? [message]).map(({ id }: { id: string }) => id);
  };
  const sender: Sender = {
    begin: (body) => {
      const ids = idsIn(Buffer.from(body).toString());
      return {
        post: async () => {
          await clock.sleep(ANSWER_MILLIS);
          posts++;
          bytes += body.byteLength;
          for (const id of ids) {
            const message = published.get(id)!;
            if (--message.left === 0) message.doneAt = clock.now();
          }
          return { kind: 'status', status: 200 };
        },
        end: () => undefined,
      };
    },
  };
  const dynamo = {
    send: async (command: UpdateItemCommand) => {
      await clock.sleep(TABLE_MILLIS);
      return pace.update(command);
    },
  } as unknown as DynamoDBClient;
  let named = 0;
  const portsOf = (): FrameDeliveryPorts => ({
    recipientsOf: () => ({
      async* pages() {
        await clock.sleep(TABLE_MILLIS);
        yield rows;
      },
    }),
    rows: { remove: async () => undefined },
    sender,
    queue: {
      send: async (entries) => {
        await clock.sleep(QUEUE_MILLIS);
        queueRequests++;
        for (const { body, delaySeconds = 0 } of entries) {
          chunks.put({ isWorkItem: true, isPlaced: false, body, messageId: `w${named++}`, sentAt: clock.now(), receipts: 1, attributes: {} }, delaySeconds * 1_000);
        }
      },
    },
    budget: new SharedBudget(dynamo, 'table', RATE, clock),
    clock,
    random: () => 0.5,
    maxInFlight: 128,
    format: 'ENVELOPE',
    maxBytes: DEFAULT.messageBytes,
    maxAgeMillis: DEFAULT.maxAgeSeconds * 1_000,
    workers: DEFAULT.workers,
    report: { broadcast: () => undefined, failed: () => undefined },
    frames: { framed: () => undefined },
    addressees: new AddresseeReader(new ChannelRules([], false), false),
  });
  const invoke = async (records: readonly FrameRecord[], ports: FrameDeliveryPorts) => {
    const begun = clock.now();
    invocations++;
    queueRequests += REQUESTS_PER_BATCH * Math.ceil(records.length / RECEIVE);
    await (frames ? deliverInFrames(records, begun + DEADLINE_MILLIS, ports) : handleRecords(records, begun + DEADLINE_MILLIS, ports));
    workerMillis += clock.now() - begun;
  };
  // An environment takes one invocation at a time, and remembers what it knows of the rate.
  const environments = (count: number) => {
    const free = Array.from({ length: count }, portsOf);
    return async (records: readonly FrameRecord[]) => {
      const ports = free.pop()!;
      await invoke(records, ports);
      free.push(ports);
    };
  };
  const chunks = new Source(clock, DEFAULT.workers, 1, 0, environments(DEFAULT.workers));
  const { batchSize, windowSeconds } = frames ?? { batchSize: TUNING.publicQueueBatch, windowSeconds: 0 };
  const messages = new Source(clock, TUNING.publicQueueConcurrency, batchSize, windowSeconds * 1_000, environments(TUNING.publicQueueConcurrency));

  const count = Math.round(messagesPerSecond * seconds);
  for (let nth = 0; nth < count; nth++) {
    await clock.run(start + (nth * 1_000) / messagesPerSecond);
    const id = `${nth}`.padStart(22, '0');
    published.set(id, { at: clock.now(), left: recipients });
    queueRequests++;
    const sentAt = Math.floor(clock.now());
    messages.put({
      isWorkItem: false,
      isPlaced: true,
      messageId: id,
      sentAt,
      receipts: 1,
      attributes: { id, sentAt: String(sentAt), format: 'RAW' },
      body: JSON.stringify({ type: 'message', id, from: FROM, sentAt, message: TEXT, position: FIRST_POSITION + nth }),
    });
  }
  const end = start + seconds * 1_000;
  await clock.run(end);
  const deliveredBy = [...published.values()].reduce((sum, { left }) => sum + recipients - left, 0);
  await clock.run(end + GRACE_MILLIS);
  const latencies = [...published.values()].filter(({ doneAt }) => doneAt !== undefined).map(({ at, doneAt }) => doneAt! - at).sort((a, b) => a - b);
  const deliveries = [...published.values()].reduce((sum, { left }) => sum + recipients - left, 0);
  return {
    deliveredPerSecond: deliveredBy / seconds, posts, bytes, invocations, workerSeconds: workerMillis / 1_000, latencies, deliveries, queueRequests,
  };
}
