import { within } from './clock';
import { receives, type Connection, type RecipientSource } from './connection';
import type { QueuedDeliveryPorts } from './delivery-ports';
import { TableUnreadableError } from './errors';
import type { Addressed } from './message';
import { Outbox } from './outbox';
import type { Target } from './target';
import { writtenBytesOf, type WorkItem } from './work-item';
import { QUOTA, TUNING } from '../../src/private/contract';

/** Bytes of an SQS request available for recipients; the rest is for the longest message there is, in base64. */
const RECIPIENT_BYTES = QUOTA.queueBatchBytes - Math.ceil(QUOTA.messageBytes / 3) * 4 - 8 * 1024;

/** A broadcast whose recipients are not known yet. */
export interface Broadcast extends Addressed {
  /** Bytes that each recipient gets. */
  readonly body: Uint8Array;
  /** Epoch milliseconds from which nothing of it is sent. */
  readonly expiresAt: number;
}

/** A broadcast and one of its items. */
interface Cut<B> {
  readonly of: B;
  readonly item: WorkItem;
}

/** Result of planning. */
export interface Plan<B> {
  /** Items to deliver in this invocation. */
  readonly here: readonly Cut<B>[];
  /** Broadcasts that have to be planned again, even if some of their items are on the queue. */
  readonly failed: readonly { readonly of: B; readonly error: Error }[];
}

type PlanPorts = Pick<QueuedDeliveryPorts, 'recipientsOf' | 'queue' | 'clock'>;

/**
 * Reads the recipients of each target once, for all broadcasts to it, and cuts them into work items while reading.
 *
 * If all recipients fit into one item, it is returned for delivery in this invocation. More items are put on the queue while the
 * recipients are still being read. The broadcasts to a target fail when its recipients cannot be read to the end, or the queue
 * does not take an item. Never rejects.
 *
 * Invariants: each recipient of a broadcast is in exactly one of its items, once; an item has at most `chunkRecipients` and fits into one
 * request; memory does not grow with the table.
 *
 * @param deadline epoch milliseconds by which the plan has to be made
 * @param chunkRecipients most recipients of an item
 */
export async function plan<B extends Broadcast>(
  broadcasts: readonly B[], deadline: number, ports: PlanPorts, chunkRecipients: number = TUNING.chunkRecipients,
): Promise<Plan<B>> {
  return within(ports.clock, deadline, (abortSignal) => planUntil(broadcasts, { ...ports, chunkRecipients }, abortSignal));
}

interface CutPorts extends PlanPorts {
  readonly chunkRecipients: number;
}

async function planUntil<B extends Broadcast>(broadcasts: readonly B[], ports: CutPorts, abortSignal: AbortSignal): Promise<Plan<B>> {
  const start = ports.clock.now();
  const here: Cut<B>[] = [];
  const failed: { of: B; error: Error }[] = [];
  const fail = (all: readonly B[], error: Error) => failed.push(...all.map((of) => ({ of, error })));
  for (const group of groupsByTarget(broadcasts)) {
    await cutGroup(group, start, ports, abortSignal).then((rest) => here.push(...rest), (error: Error) => fail(group, error));
  }
  const total = here.reduce((sum, { item }) => sum + item.recipients.length, 0);
  if (total <= ports.chunkRecipients) return { here, failed };
  const outbox = new Outbox(ports.queue, abortSignal);
  await outbox.putAll(here.map(({ item }) => item)).catch((error: Error) => fail(here.map(({ of }) => of), error));
  return { here: [], failed };
}

/** Cuts the recipients of broadcasts to one target; returns the last items if they are the only ones. */
async function cutGroup<B extends Broadcast>(
  broadcasts: readonly B[], start: number, { recipientsOf, queue, chunkRecipients }: CutPorts, abortSignal: AbortSignal,
): Promise<Cut<B>[]> {
  const cutters = broadcasts.map((broadcast) => new Cutter(broadcast, chunkRecipients));
  const outbox = new Outbox(queue, abortSignal);
  try {
    for await (const row of rowsOf(recipientsOf(broadcasts[0].target), abortSignal)) {
      for (const cutter of cutters) {
        if (!receives(row, cutter.broadcast.excluded, start)) continue;
        const item = cutter.add(row);
        if (item) await outbox.put(item);
      }
    }
    const rest = cutters.flatMap((cutter) => cutter.rest());
    if (!outbox.used) return rest;
    await outbox.putAll(rest.map(({ item }) => item));
    return [];
  } finally {
    await outbox.settled();
  }
}

function groupsByTarget<B extends Broadcast>(broadcasts: readonly B[]): B[][] {
  const groups = new Map<Target, B[]>();
  for (const broadcast of broadcasts) groups.set(broadcast.target, [...groups.get(broadcast.target) ?? [], broadcast]);
  return [...groups.values()];
}

async function* rowsOf(source: RecipientSource, abortSignal: AbortSignal): AsyncGenerator<Connection> {
  const pages = source.pages(abortSignal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await pages.next().catch((error: unknown) => {
        throw new TableUnreadableError(error);
      });
      if (abortSignal.aborted) throw new TableUnreadableError(new Error('no time left'));
      if (done) return;
      yield* value;
    }
  } finally {
    await pages.return?.();
  }
}

/** Cuts the recipients of one broadcast into items. */
class Cutter<B extends Broadcast> {
  private recipients: Connection[] = [];
  private bytes = 0;

  constructor(readonly broadcast: B, private readonly chunkRecipients: number) {}

  /** Adds a recipient; returns the item that it no longer fits into. */
  add(recipient: Connection): WorkItem | undefined {
    const bytes = writtenBytesOf(recipient);
    const isFull = this.recipients.length === this.chunkRecipients || this.bytes + bytes > RECIPIENT_BYTES;
    const item = isFull ? this.take() : undefined;
    this.recipients.push(recipient);
    this.bytes += bytes;
    return item;
  }

  /** Returns the last item, if anything is left for it. */
  rest(): Cut<B>[] {
    const item = this.take();
    return item ? [{ of: this.broadcast, item }] : [];
  }

  private take(): WorkItem | undefined {
    const { recipients, broadcast: { id, body, expiresAt } } = this;
    this.recipients = [];
    this.bytes = 0;
    return recipients.length > 0 ? { id, body, expiresAt, recipients, attempt: 0, hop: 0 } : undefined;
  }
}
