import type { Clock } from './clock';

/** Result of asking for a slice of the delivery rate. */
export type Reservation =
  | { readonly kind: 'slot'; /** Epoch milliseconds of the first send. */ readonly start: number }
  | { readonly kind: 'refused'; readonly backlogMillis: number }
  | { readonly kind: 'unreachable' };

/** The one delivery rate that all invocations of an API share. */
export interface Budget {
  /** Sends per second. */
  readonly rate: number;

  /**
   * Asks for a slot for `sends` sends at the rate, to begin within `maxWaitMillis`. Never rejects, and settles at once when the signal
   * aborts.
   */
  reserve(sends: number, maxWaitMillis: number, abortSignal: AbortSignal): Promise<Reservation>;
}

/** Share of the rate that a broadcast may take. */
export interface PacingPolicy {
  /** Sends that need no slot. */
  readonly freeSends: number;
  /** Longest backlog that a broadcast without a slot accepts; a longer one refuses it. */
  readonly maxBacklogMillis: number;
  /** Longest slice in seconds of the whole rate: at most 1. @default 1 */
  readonly maxSliceSeconds?: number;
  /** Time after its instant for which a permit is valid. */
  readonly graceMillis: number;
}

/** Small broadcasts never use the budget, and larger ones start without waiting for it. */
const FREE_SENDS = 20;
const MAX_BACKLOG_MILLIS = 5_000;
const GRACE_MILLIS = 200;
export const DEFAULT_PACING: PacingPolicy = { freeSends: FREE_SENDS, maxBacklogMillis: MAX_BACKLOG_MILLIS, graceMillis: GRACE_MILLIS };
/** Time before the end of a slot at which the next one is reserved. */
const LEAD_MILLIS = 100;
/** Time after which a budget without an answer counts as unreachable. */
const PATIENCE_MILLIS = 500;
/** Lengths of a slice in seconds of the whole rate. */
const SLICE_SECONDS = { smallest: 0.02, first: 0.1, largest: 1 };
/** Posts of the first slice that each place in flight can send in time, with answers that take 20 ms. */
const FIRST_POSTS_PER_PLACE = 10;
/** If the last permit is used within this time of its instant, the next slice may grow. */
const PUNCTUAL_MILLIS = 50;
/** Share of the rate that is used without a reservation when the budget is unreachable. */
const UNREACHABLE_SHARE = 0.25;

/** Permits for `count` sends, one every `spacing` milliseconds. */
interface Slot {
  readonly start: number;
  readonly spacing: number;
  readonly count: number;
  /** Permits that are used or void. */
  spent: number;
  /** Whether a permit became void unused. */
  wasted: boolean;
}

/**
 * Hands out permits to send, so that all invocations together keep to one rate.
 *
 * Invariants:
 * - the permits of a slot are evenly spread over it, and slots of different invocations never overlap;
 * - a permit is used within the grace after its instant, or never: any window w has at most rate × (w + grace) sends;
 * - a slice is at most one second of the rate, or less where many invocations share it; the first is at most what the places can use;
 * - a slice becomes smaller than the used part of the last one when a permit becomes void, and doubles when all were used on time;
 * - no slice is reserved before half of the last one is used. So an invocation that cannot keep up leaves the rest to the others.
 */
export class Pacer {
  private readonly slots: Slot[] = [];
  private reserving?: { readonly settled: Promise<void>; readonly canceled: AbortController };
  private free: number;
  private slice: number;
  private readonly maxSliceSeconds: number;
  /** End of the last slot, used up or not. */
  private end = 0;
  private stopped = false;

  /** Whether any slice was reserved. */
  public hasSlot = false;

  /** Time for which the rate is fully reserved; set when no more slots are available. */
  public backlogMillis?: number;
  /** Slices that were used without a reservation. */
  public rateLimitFallbacks = 0;

  /**
   * @param onChange called when permits become available, or none will be
   * @param places number of sends that can be in flight at once
   */
  constructor(
    private readonly budget: Budget,
    private readonly clock: Clock,
    private readonly deadline: number,
    private readonly onChange: () => void,
    private readonly pacing = DEFAULT_PACING,
    places = Infinity,
  ) {
    this.free = pacing.freeSends;
    this.maxSliceSeconds = pacing.maxSliceSeconds ?? SLICE_SECONDS.largest;
    this.slice = Math.min(this.sends(Math.min(SLICE_SECONDS.first, this.maxSliceSeconds)), places * FIRST_POSTS_PER_PLACE);
  }

  /** Announces how many sends are waiting, so that their permits are there in time. */
  demand(waiting: number, now: number): void {
    if (this.reserving || this.backlogMillis !== undefined) return;
    this.dropVoid(now);
    const permits = this.permits();
    if (waiting <= permits || this.hasTime(permits, now)) return;
    this.reserve(Math.min(this.slice, waiting - permits, this.sends((this.deadline - now) / 1000)), now);
  }

  /** Returns the earliest start of the next send; undefined while it is not known. */
  readyAt(now: number): number | undefined {
    if (this.free > 0) return now;
    this.dropVoid(now);
    const slot = this.slots[0];
    return slot && slot.start + slot.spent * slot.spacing;
  }

  /** Uses the permit announced by `readyAt`. */
  take(): void {
    if (this.free > 0) this.free--;
    else this.slots[0].spent++;
  }

  /** Whether no send may start, now or later. */
  isExhausted(now: number): boolean {
    return this.backlogMillis !== undefined && this.readyAt(now) === undefined;
  }

  /** Stops reserving; settles when nothing is in flight. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.reserving?.canceled.abort();
    await this.reserving?.settled;
  }

  private permits(): number {
    return this.slots.reduce((sum, { count, spent }) => sum + count - spent, this.free);
  }

  /** Whether the next slot can wait. */
  private hasTime(permits: number, now: number): boolean {
    const last = this.slots.at(-1);
    return last !== undefined && (permits > last.count / 2 || this.end - now >= LEAD_MILLIS);
  }

  private sends(seconds: number, rate = this.budget.rate): number {
    return Math.max(1, Math.floor(rate * seconds));
  }

  private dropVoid(now: number): void {
    const smallest = Math.min(SLICE_SECONDS.smallest, this.maxSliceSeconds);
    for (let slot = this.slots[0]; slot; slot = this.slots[0]) {
      const tooOld = Math.min(slot.count, Math.ceil((now - this.pacing.graceMillis - slot.start) / slot.spacing));
      if (tooOld > slot.spent) {
        if (!slot.wasted) this.slice = Math.max(this.sends(smallest), Math.floor(slot.spent * 0.8));
        slot.wasted = true;
        slot.spent = tooOld;
      }
      if (slot.spent < slot.count) return;
      this.slots.shift();
      const late = now - (slot.start + (slot.count - 1) * slot.spacing);
      if (!slot.wasted && late <= PUNCTUAL_MILLIS) this.slice = Math.min(this.sends(this.maxSliceSeconds), this.slice * 2);
    }
  }

  private reserve(sends: number, now: number): void {
    const canceled = new AbortController();
    const cancelTimer = this.clock.after(PATIENCE_MILLIS, () => canceled.abort());
    const maxWait = Math.min(this.deadline - now, this.hasSlot ? Infinity : this.pacing.maxBacklogMillis);
    const settled = this.budget.reserve(sends, maxWait, canceled.signal).then((reservation) => {
      cancelTimer();
      this.reserving = undefined;
      if (this.stopped) return;
      this.accept(reservation, sends);
      this.onChange();
    });
    this.reserving = { settled, canceled };
  }

  private accept(reservation: Reservation, sends: number): void {
    if (reservation.kind === 'refused') {
      this.backlogMillis = reservation.backlogMillis;
      return;
    }
    this.hasSlot = true;
    if (reservation.kind === 'slot') {
      this.add(reservation.start, 1000 / this.budget.rate, sends);
    } else {
      this.rateLimitFallbacks++;
      const rate = this.budget.rate * UNREACHABLE_SHARE;
      this.add(Math.max(this.clock.now(), this.end), 1000 / rate, Math.min(sends, this.sends(1, rate)));
    }
  }

  private add(start: number, spacing: number, count: number): void {
    this.slots.push({ start, spacing, count, spent: 0, wasted: false });
    this.end = Math.max(this.end, start + count * spacing);
  }
}
