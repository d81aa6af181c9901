import { broadcast, type BroadcastResult } from './broadcast';
import { within } from './clock';
import type { Connection, RecipientSource } from './connection';
import type { QueuedDeliveryPorts } from './delivery-ports';
import { BroadcastRefusedError, QueueRefusedError } from './errors';
import type { PacingPolicy } from './pacer';
import type { QueueEntry } from './queue';
import { emptyTally } from './tally';
import { writeWorkItem, type WorkItem } from './work-item';
import { QUOTA, TUNING } from '../../src/private/contract';

/** Kept back from sending for putting back what is left. */
const GIVE_BACK_MILLIS = 1_000;
/** How long a client that reads too slowly, or an account that is over its rate, is let alone: so long for each attempt. */
const SECONDS_PER_ATTEMPT = 5;
/** How long it takes at least until a refusal of the whole stage may have been mended. */
const DENIED_SECONDS = 30;
/** Until it is looked at again whether API Gateway can be reached, at first. */
const UNREACHABLE_SECONDS = 5;
/** The first waits of an item double; by then they have reached the longest delay of a queue. */
const MAX_DOUBLINGS = 10;

/**
 * Sends an item to its recipients; those that are left go back on the queue, and have not ended then.
 *
 * Left are those that time did not suffice for, who keep their attempts, and those that a later try may reach, who lose
 * one. When there is a failure, nobody got the item for a reason that is the same for all; when it rejects, what was left
 * could not be put back: both times the item should come again as it is.
 *
 * Invariants: nothing is sent from `expiresAt` on; an item that goes back has fewer recipients or attempts left, and one hop less, or
 * nothing of it was sent; then it waits for longer each time. Each recipient ends in this item's counts or is in exactly one
 * item that went back, or in the dead-letter queue.
 */
export async function deliverWorkItem(item: WorkItem, deadline: number, pacing: PacingPolicy, ports: QueuedDeliveryPorts): Promise<BroadcastResult> {
  const { clock, queue, deadLetters, random } = ports;
  const { recipients, expiresAt } = item;
  if (clock.now() >= expiresAt) return { tally: { ...emptyTally(), expired: recipients.length } };
  const ended = new Set<Connection>();
  const later: Connection[] = [];
  const result = await broadcast({
    body: item.body,
    recipients: only(recipients),
    deadline: Math.min(deadline - GIVE_BACK_MILLIS, expiresAt),
    pacing,
    onEnd: (connection, outcome) => {
      ended.add(connection);
      if (outcome.end === 'failed' && outcome.later) later.push(connection);
    },
  }, ports);
  const { failure } = result;
  if (failure && !(failure instanceof BroadcastRefusedError)) return result;
  const untried = recipients.filter((connection) => !ended.has(connection));
  const { hop, attempt, waits = 0 } = item;
  const untriedDelay = delayOf(result);
  const triedDelay = Math.max(SECONDS_PER_ATTEMPT * (attempt + 1), untriedDelay);
  const left: Left[] = [
    result.nothingSent
      ? { ...item, recipients: untried, waits: waits + 1, delaySeconds: waitOf(result, item, clock.now(), random()) }
      : { ...item, recipients: untried, hop: hop + 1, waits: 0, delaySeconds: untriedDelay },
    { ...item, recipients: later, hop: hop + 1, waits: 0, attempt: attempt + 1, delaySeconds: triedDelay },
  ];
  return within(clock, deadline, (abortSignal) => giveBack(item, { ...result, failure: undefined }, left, {
    back: (entry) => queue.send([entry], abortSignal),
    away: async (entry) => {
      if (!deadLetters) throw new Error('the function must know a dead-letter queue for what went back too often, got none; the construct names it: deploy the stack again');
      await deadLetters.send([entry], abortSignal);
    },
  }));
}

interface Left extends WorkItem {
  readonly delaySeconds: number;
}

interface Ways {
  readonly back: (entry: QueueEntry) => Promise<void>;
  /** To the dead-letter queue. */
  readonly away: (entry: QueueEntry) => Promise<void>;
}

/** Puts back what has hops and attempts left, and away what is out of hops; who is out of attempts has ended as it was counted. */
async function giveBack(item: WorkItem, result: BroadcastResult, left: readonly Left[], { back, away }: Ways): Promise<BroadcastResult> {
  // All recipients were known from the start, whether or not they were asked for.
  const tally = { ...result.tally, incompleteReads: 0 };
  let deadLettered = 0;
  const put = (send: Ways['back'], entry: QueueEntry) => send(entry).catch((error: unknown) => {
    throw new QueueRefusedError(error);
  });
  for (const { delaySeconds, ...rest } of left) {
    const count = rest.recipients.length;
    if (count === 0 || rest.attempt >= TUNING.workItemAttempts) continue;
    if (rest.hop > TUNING.workItemHops) {
      // Moved back by hand, it may hop as often again.
      await put(away, { body: writeWorkItem({ ...rest, hop: rest.attempt }), group: rest.id });
      deadLettered += count;
      continue;
    }
    await put(back, { body: writeWorkItem(rest), group: rest.id, delaySeconds });
    tally.requeued += count;
    tally.recipients -= count;
    if (rest.attempt > item.attempt) tally.failed -= count;
    else tally.abandoned -= count;
  }
  return { ...result, tally, ...(deadLettered > 0 && { deadLettered }) };
}

/** What was begun goes on at once, unless everybody is denied, or the rate was spoken for after the first sends. */
function delayOf({ failure, brokenOff }: BroadcastResult): number {
  if (failure instanceof BroadcastRefusedError) return Math.min(QUOTA.queueDelaySeconds, Math.ceil(failure.backlogMillis / 1000));
  return brokenOff ? DENIED_SECONDS : 0;
}

/**
 * What was not begun comes back when the backlog says. That tells of the slots that are reserved, not of all items that
 * wait for one: so the waits double, and are spread. None takes more than half of the time that is left.
 */
function waitOf({ failure }: BroadcastResult, { waits = 0, expiresAt }: WorkItem, now: number, random: number): number {
  const backlog = failure instanceof BroadcastRefusedError ? failure.backlogMillis / 1_000 : UNREACHABLE_SECONDS;
  const wait = backlog * 2 ** Math.min(waits, MAX_DOUBLINGS) * (1 + random / 2);
  return Math.max(1, Math.floor(Math.min(QUOTA.queueDelaySeconds, Math.ceil(wait), (expiresAt - now) / 2_000)));
}

function only(recipients: readonly Connection[]): RecipientSource {
  return {
    async* pages() {
      yield recipients;
    },
  };
}
