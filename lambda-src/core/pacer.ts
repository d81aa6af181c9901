import type { Clock } from './clock';

/** What came of asking for a slice of the delivery rate. */
export type Reservation =
  | { readonly kind: 'slot'; /** Epoch milliseconds of the first send. */ readonly start: number }
  | { readonly kind: 'refused'; readonly backlogMillis: number }
  | { readonly kind: 'unreachable' };

/** The one delivery rate that all invocations of an API share. */
export interface Budget {
  /** Sends per second. */
  readonly rate: number;

  /** Asks for a slot in which `sends` sends go out at the rate, to begin within `maxWaitMillis`. Never rejects. */
  reserve(sends: number, maxWaitMillis: number, signal: AbortSignal): Promise<Reservation>;
}

/** Sends that need no slot: most chats never touch the budget, and the others do not wait for it to begin. */
const FREE_SENDS = 20;
/** A backlog longer than this refuses a broadcast that has no slot yet. */
const MAX_BACKLOG_MILLIS = 5_000;
/** How long before its last permit a slot is followed by the next. */
const LEAD_MILLIS = 100;
/** A permit that was not used by then is void. */
const GRACE_MILLIS = 200;
const SMALLEST_SLICE = 20;
/** The share of the rate that is taken unasked when the budget cannot be reached. */
const UNREACHABLE_SHARE = 0.25;

/** Permits for `count` sends, one every `spacing` milliseconds. */
interface Slot {
  readonly start: number;
  readonly spacing: number;
  readonly count: number;
  used: number;
  /** Whether any permit of it went void. */
  wasted: boolean;
}

/**
 * Hands out permits to send, so that all invocations together keep to one rate.
 *
 * Invariants:
 * - the permits of a slot are evenly spread over it, and slots of different invocations never overlap;
 * - a permit is used within the grace after its instant, or never: in any window w, at most rate × (w + grace) sends;
 * - a slice is at most one second's worth. It is halved whenever a permit went void and doubled when none did, so that
 *   an invocation that cannot keep up leaves what it cannot use to the others.
 */
export class Pacer {
  private readonly stopped = new AbortController();
  private readonly slots: Slot[] = [];
  private reserving?: Promise<void>;
  private free = FREE_SENDS;
  private readonly largestSlice: number;
  private readonly smallestSlice: number;
  private slice: number;

  /** Whether any slice was had. */
  public hasSlot = false;

  /** Set when no slot is to be had: how long the rate is spoken for. */
  public backlogMillis?: number;
  /** How many slices were taken without asking. */
  public unbudgeted = 0;

  /** @param onChange called when permits have become available, or none are to be had */
  constructor(
    private readonly budget: Budget,
    private readonly clock: Clock,
    private readonly deadline: number,
    private readonly onChange: () => void,
  ) {
    this.largestSlice = Math.max(1, Math.floor(budget.rate));
    this.smallestSlice = Math.min(SMALLEST_SLICE, this.largestSlice);
    this.slice = this.largestSlice;
  }

  /** Says how many sends are waiting, so that there are permits for them in time. */
  demand(waiting: number, now: number): void {
    if (this.reserving || this.backlogMillis !== undefined) return;
    this.dropVoid(now);
    const lacking = waiting - this.permits();
    if (lacking > 0 && this.end() - now < LEAD_MILLIS) this.reserving = this.reserve(Math.min(this.slice, lacking));
  }

  /** When the next send may start; undefined while that is not known. */
  readyAt(now: number): number | undefined {
    if (this.free > 0) return now;
    this.dropVoid(now);
    const slot = this.slots[0];
    return slot && slot.start + slot.used * slot.spacing;
  }

  /** Uses the permit that `readyAt` told of. */
  take(): void {
    if (this.free > 0) this.free--;
    else this.slots[0].used++;
  }

  /** Gives up reserving; settles when nothing is in flight. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.reserving;
  }

  private permits(): number {
    return this.slots.reduce((sum, { count, used }) => sum + count - used, this.free);
  }

  private end(): number {
    const last = this.slots.at(-1);
    return last ? last.start + last.count * last.spacing : -Infinity;
  }

  private dropVoid(now: number): void {
    for (let slot = this.slots[0]; slot; slot = this.slots[0]) {
      const tooOld = Math.min(slot.count, Math.ceil((now - GRACE_MILLIS - slot.start) / slot.spacing));
      if (tooOld > slot.used) {
        slot.used = tooOld;
        slot.wasted = true;
      }
      if (slot.used < slot.count) return;
      this.slots.shift();
      this.slice = slot.wasted ? Math.max(this.smallestSlice, Math.floor(this.slice / 2)) : Math.min(this.largestSlice, this.slice * 2);
    }
  }

  private async reserve(sends: number): Promise<void> {
    const now = this.clock.now();
    const maxWait = Math.min(this.deadline - now, this.hasSlot ? Infinity : MAX_BACKLOG_MILLIS);
    const reservation = await this.budget.reserve(sends, maxWait, this.stopped.signal);
    this.reserving = undefined;
    if (reservation.kind === 'refused') this.backlogMillis = reservation.backlogMillis;
    else this.accept(reservation, sends);
    if (!this.stopped.signal.aborted) this.onChange();
  }

  private accept(reservation: Exclude<Reservation, { kind: 'refused' }>, sends: number): void {
    this.hasSlot = true;
    if (reservation.kind === 'slot') {
      this.slots.push({ start: reservation.start, spacing: 1000 / this.budget.rate, count: sends, used: 0, wasted: false });
    } else {
      this.unbudgeted++;
      const start = Math.max(this.clock.now(), this.end());
      const count = Math.max(1, Math.floor(sends * UNREACHABLE_SHARE));
      this.slots.push({ start, spacing: 1000 / (this.budget.rate * UNREACHABLE_SHARE), count, used: 0, wasted: false });
    }
  }
}
