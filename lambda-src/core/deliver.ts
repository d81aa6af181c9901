import { broadcast, type BroadcastResult } from './broadcast';
import { within } from './clock';
import type { Connection, RecipientSource } from './connection';
import type { QueuedDeliveryPorts } from './delivery-ports';
import { BroadcastRefusedError, QueueRefusedError } from './errors';
import type { Patience } from './pacer';
import type { QueueEntry } from './queue';
import { emptyTally } from './tally';
import { writeWorkItem, type WorkItem } from './work-item';
import { LIMIT } from '../../src/private/contract';

/** Kept back from sending for putting back what is left. */
const GIVE_BACK_MILLIS = 1_000;
/** How long a client that reads too slowly, or an account that is over its rate, is let alone: so long for each attempt. */
const SECONDS_PER_ATTEMPT = 5;
/** How long it takes at least until a refusal of the whole stage may have been mended. */
const DENIED_SECONDS = 30;
/** A backlog of the rate is waited for no longer before it is looked at again. */
const MAX_BACKLOG_SECONDS = 60;

/**
 * Sends an item to its recipients; those that are left go back on the queue, and have not ended then.
 *
 * Left are those that time did not suffice for, who keep their attempts, and those that a later try may reach, who lose
 * one. When there is a failure, nobody got the item for a reason that is the same for all; when it rejects, what was left
 * could not be put back: both times the item should come again as it is.
 *
 * Invariants: nothing is sent from `expiresAt` on; an item that goes back has fewer recipients or fewer attempts left, or
 * was not begun, and has one hop less; each recipient ends in this item's counts or is in exactly one item that went back.
 */
export async function deliver(item: WorkItem, deadline: number, patience: Patience, ports: QueuedDeliveryPorts): Promise<BroadcastResult> {
  const { clock, queue } = ports;
  const { recipients, expiresAt } = item;
  if (clock.now() >= expiresAt) return { tally: { ...emptyTally(), expired: recipients.length } };
  const ended = new Set<Connection>();
  const later: Connection[] = [];
  const result = await broadcast({
    body: item.body,
    recipients: only(recipients),
    deadline: Math.min(deadline - GIVE_BACK_MILLIS, expiresAt),
    patience,
    onEnd: (connection, outcome) => {
      ended.add(connection);
      if (outcome.end === 'failed' && outcome.later) later.push(connection);
    },
  }, ports);
  const { failure } = result;
  if (failure && !(failure instanceof BroadcastRefusedError)) return result;
  const untried = recipients.filter((connection) => !ended.has(connection));
  const left: Left[] = [
    { ...item, recipients: untried, hop: item.hop + 1, delaySeconds: delayOf(result) },
    { ...item, recipients: later, hop: item.hop + 1, attempt: item.attempt + 1, delaySeconds: SECONDS_PER_ATTEMPT * (item.attempt + 1) },
  ];
  return within(clock, deadline, (abortSignal) =>
    giveBack(item, { ...result, failure: undefined }, left, (entry) => queue.send([entry], abortSignal)));
}

interface Left extends WorkItem {
  readonly delaySeconds: number;
}

/** Puts back what has hops and attempts left; the rest has ended as it was counted. */
async function giveBack(
  item: WorkItem, result: BroadcastResult, left: readonly Left[], send: (entry: QueueEntry) => Promise<void>,
): Promise<BroadcastResult> {
  // All recipients were known from the start, whether or not they were asked for.
  const tally = { ...result.tally, unread: 0 };
  for (const { delaySeconds, ...rest } of left) {
    const count = rest.recipients.length;
    if (count === 0 || rest.hop > LIMIT.workItemHops || rest.attempt >= LIMIT.workItemAttempts) continue;
    await send({ body: writeWorkItem(rest), group: rest.id, delaySeconds }).catch((error: unknown) => {
      throw new QueueRefusedError(error);
    });
    tally.requeued += count;
    tally.recipients -= count;
    if (rest.attempt > item.attempt) tally.failed -= count;
    else tally.abandoned -= count;
  }
  return { ...result, tally };
}

function delayOf({ failure, brokenOff }: BroadcastResult): number {
  if (failure instanceof BroadcastRefusedError) return Math.min(MAX_BACKLOG_SECONDS, Math.ceil(failure.backlogMillis / 1000));
  return brokenOff ? DENIED_SECONDS : 0;
}

function only(recipients: readonly Connection[]): RecipientSource {
  return {
    async* pages() {
      yield recipients;
    },
  };
}
