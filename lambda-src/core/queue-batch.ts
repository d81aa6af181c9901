import type { BroadcastResult } from './broadcast';
import { chunkSize } from './chunk-size';
import type { QueuedDeliveryPorts } from './delivery-ports';
import { checkSize, encode } from './message';
import { DEFAULT_PACING, type PacingPolicy } from './pacer';
import { plan, type Broadcast } from './plan';
import { readPublication, type QueuedMessage } from './publication';
import { emptyTally } from './tally';
import { readWorkItem, type WorkItem } from './work-item';
import { deliverWorkItem } from './work-item-delivery';
import { DEFAULT, type MessageFormatName, TUNING } from '../../src/private/contract';

/** Most seconds of the rate that all workers together may reserve ahead with one slice each: more would refuse each other's items. */
const SLICES_SECONDS = 2;
const SCARCE_BACKLOG_MILLIS = 2_000;

/** A record from a queue. */
export interface QueueRecord extends QueuedMessage {
  /** Decided by the queue it came from, never by its content: otherwise any publisher could forge a work item. */
  readonly isWorkItem: boolean;
  /** Number of receives, this one included. */
  readonly receipts: number;
}

/** Receives the result of each record. */
export interface Reporter {
  broadcast(id: string, result: BroadcastResult): void;
  /** Records a record that could not be read, or has to be received again. */
  failed(messageId: string, error: Error): void;
}

export interface QueueBatchPorts extends QueuedDeliveryPorts {
  readonly format: MessageFormatName;
  /** Most bytes that a recipient gets at once. */
  readonly maxBytes: number;
  /** Age of a message, counted from its sending, at which it expires. */
  readonly maxAgeMillis: number;
  /** Invocations that deliver work items at once. @default 4 */
  readonly workers?: number;
  readonly report: Reporter;
}

/**
 * Handles a batch of either queue; returns the message ids of the records that have to be received again.
 *
 * Invariants: a record is done only when each of its recipients has ended or is in another record, or it is too old. A record that
 * fails leaves the others alone. A record that can never succeed fails as well, so that it ends in the dead-letter queue after
 * its last receive.
 */
export async function handleRecords(
  records: readonly QueueRecord[], deadline: number, ports: QueueBatchPorts, batch = new Batch(deadline, ports),
): Promise<string[]> {
  const items = records.filter(({ isWorkItem }) => isWorkItem);
  const messages = records.filter(({ isWorkItem }) => !isWorkItem);
  await Promise.all([batch.broadcastAll(messages), ...items.map((record) => batch.deliverItem(record))]);
  return batch.failures;
}

/** A broadcast, and the record that asked for it. */
export interface Requested extends Broadcast {
  readonly record: QueueRecord;
}

/**
 * Items of a planned broadcast keep to the rate from their first send on: they are parts of a large one. Where the rate is too low for
 * all workers, most of them soon give back their items, so that the others finish theirs.
 */
function itemPacing({ workers = DEFAULT.workers, budget: { rate } }: QueueBatchPorts): PacingPolicy {
  const isEnoughForAll = rate * SLICES_SECONDS >= workers;
  return {
    ...DEFAULT_PACING,
    freeSends: 0,
    maxBacklogMillis: isEnoughForAll ? DEFAULT_PACING.maxBacklogMillis : SCARCE_BACKLOG_MILLIS,
    maxSliceSeconds: Math.min(1, SLICES_SECONDS / workers),
  };
}

export class Batch {
  readonly failures: string[] = [];
  private readonly itemPacing: PacingPolicy;

  constructor(private readonly deadline: number, private readonly ports: QueueBatchPorts) {
    this.itemPacing = itemPacing(ports);
  }

  async deliverItem(record: QueueRecord): Promise<void> {
    await this.attempt(record.messageId, () => this.deliver(record, readWorkItem(record.body), this.itemPacing));
  }

  /** Plans all messages, and delivers those with few recipients. */
  async broadcastAll(records: readonly QueueRecord[]): Promise<void> {
    const { clock, workers = DEFAULT.workers, budget: { rate } } = this.ports;
    const broadcasts: Requested[] = [];
    for (const record of records) {
      await this.attempt(record.messageId, () => {
        const broadcast = this.read(record);
        if (broadcast) broadcasts.push(broadcast);
      });
    }
    if (broadcasts.length === 0) return;
    const chunkRecipients = chunkSize({ rate, workers, millis: this.deadline - clock.now() });
    const planned = await plan(broadcasts, this.deadline, this.ports, chunkRecipients);
    for (const { of: { record }, error } of planned.failed) this.fail(record.messageId, error);
    await Promise.all(planned.here.map(({ of: { record }, item }) =>
      this.attempt(record.messageId, () => this.deliver(record, item, DEFAULT_PACING))));
  }

  /** Returns the broadcast that a record asks for, unless it is too old. */
  protected read(record: QueueRecord, message = readPublication(record, this.ports.format)): Requested | undefined {
    const { maxBytes, maxAgeMillis, clock, report } = this.ports;
    checkSize(message, maxBytes);
    const expiresAt = message.sentAt + maxAgeMillis;
    if (clock.now() < expiresAt) return { ...message, record, body: encode(message), expiresAt };
    report.broadcast(message.id, { tally: { ...emptyTally(), expired: 1 } });
    return undefined;
  }

  protected async deliver({ messageId, receipts }: QueueRecord, item: WorkItem, pacing: PacingPolicy): Promise<void> {
    const result = await deliverWorkItem(item, this.deadline, pacing, this.ports);
    const comesAgain = result.failure !== undefined && receipts < TUNING.queueReceives;
    this.ports.report.broadcast(item.id, comesAgain ? { ...result, tally: putOff(item, result) } : result);
    if (result.failure) this.failures.push(messageId);
  }

  private async attempt(messageId: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.fail(messageId, error as Error);
    }
  }

  private fail(messageId: string, error: Error): void {
    this.ports.report.failed(messageId, error);
    this.failures.push(messageId);
  }
}

/** Recipients of an item that comes again whole end, and are counted, then. */
function putOff({ recipients }: WorkItem, { tally }: BroadcastResult): BroadcastResult['tally'] {
  return { ...tally, recipients: 0, gone: 0, failed: 0, abandoned: 0, incompleteReads: 0, requeued: recipients.length };
}
