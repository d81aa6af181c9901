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

/** Kept back from sending for returning the rest to the queue. */
const GIVE_BACK_MILLIS = 1_000;
/** Pause per attempt for a client that reads too slowly, or an account over its rate. */
const SECONDS_PER_ATTEMPT = 5;
/** Shortest time in which a refusal of the whole stage may be corrected. */
const DENIED_SECONDS = 30;
/** First wait before another try to reach API Gateway. */
const UNREACHABLE_SECONDS = 5;
/** The waits of an item double; after this many they have reached the longest delay of a queue. */
const MAX_DOUBLINGS = 10;

/**
 * Sends an item to its recipients. Recipients that are left go back on the queue, and have not ended then.
 *
 * Recipients are left when there was not enough time, and keep their attempts, or when a later try may reach them, and lose one. A failure
 * means that nobody got the item, for a reason that is the same for all. A rejection means that the rest could not be put back. In both
 * cases the item should come again as it is.
 *
 * Invariants: nothing is sent from `expiresAt` on. An item that goes back has fewer recipients or attempts left, and one hop less;
 * or nothing of it was sent, and it waits longer each time. Each recipient ends in this item's counts or is in exactly one
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
  /** Sends an entry to the dead-letter queue. */
  readonly away: (entry: QueueEntry) => Promise<void>;
}

/**
 * Puts back recipients with hops and attempts left, and moves those without hops away; those without attempts have already ended and been
 * counted.
 */
async function giveBack(item: WorkItem, result: BroadcastResult, left: readonly Left[], { back, away }: Ways): Promise<BroadcastResult> {
  // All recipients were known from the start, even those that were not tried.
  const tally = { ...result.tally, incompleteReads: 0 };
  let deadLettered = 0;
  const put = (send: Ways['back'], entry: QueueEntry) => send(entry).catch((error: unknown) => {
    throw new QueueRefusedError(error);
  });
  for (const { delaySeconds, ...rest } of left) {
    const count = rest.recipients.length;
    if (count === 0 || rest.attempt >= TUNING.workItemAttempts) continue;
    if (rest.hop > TUNING.workItemHops) {
      // An item moved back by hand may hop as often again.
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

/** An item that was begun continues at once, unless all were denied, or the rate was fully reserved after the first sends. */
function delayOf({ failure, brokenOff }: BroadcastResult): number {
  if (failure instanceof BroadcastRefusedError) return Math.min(QUOTA.queueDelaySeconds, Math.ceil(failure.backlogMillis / 1000));
  return brokenOff ? DENIED_SECONDS : 0;
}

/**
 * An item that was not begun comes back when the backlog allows. The backlog covers the reserved slots, not all items that wait for one, so
 * the waits double, and are spread. None takes more than half of the time that is left.
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
