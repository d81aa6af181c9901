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

  /**
   * Asks for a slot in which `sends` sends go out at the rate, to begin within `maxWaitMillis`. Never rejects, and settles
   * at once when the signal aborts.
   */
  reserve(sends: number, maxWaitMillis: number, abortSignal: AbortSignal): Promise<Reservation>;
}

/** What a broadcast may take of the rate. */
export interface PacingPolicy {
  /** Sends that need no slot. */
  readonly freeSends: number;
  /** A backlog longer than this refuses a broadcast that has no slot yet. */
  readonly maxBacklogMillis: number;
  /** The longest slice, in seconds of the whole rate: at most 1. @default 1 */
  readonly maxSliceSeconds?: number;
  /** A permit that was not used by then is void. */
  readonly graceMillis: number;
}

/** Most chats never touch the budget, and the others do not wait for it to begin. */
const FREE_SENDS = 20;
const MAX_BACKLOG_MILLIS = 5_000;
const GRACE_MILLIS = 200;
export const DEFAULT_PACING: PacingPolicy = { freeSends: FREE_SENDS, maxBacklogMillis: MAX_BACKLOG_MILLIS, graceMillis: GRACE_MILLIS };
/** How long before its end a slot is followed by the next. */
const LEAD_MILLIS = 100;
/** A budget that has not answered by then counts as unreachable. */
const PATIENCE_MILLIS = 500;
/** Lengths of a slice in seconds of the whole rate. */
const SLICE_SECONDS = { smallest: 0.02, first: 0.1, largest: 1 };
/** Posts that each place for one in flight can make of the first slice in time, with answers that take a fiftieth of a second. */
const FIRST_POSTS_PER_PLACE = 10;
/** Who used the last permit of a slot so late at most can use a larger one. */
const PUNCTUAL_MILLIS = 50;
/** The share of the rate that is taken unasked when the budget cannot be reached. */
const UNREACHABLE_SHARE = 0.25;

/** Permits for `count` sends, one every `spacing` milliseconds. */
interface Slot {
  readonly start: number;
  readonly spacing: number;
  readonly count: number;
  /** Permits that are no longer to be had: used, or void. */
  spent: number;
  /** Whether any of them went void. */
  wasted: boolean;
}

/**
 * Hands out permits to send, so that all invocations together keep to one rate.
 *
 * Invariants:
 * - the permits of a slot are evenly spread over it, and slots of different invocations never overlap;
 * - a permit is used within the grace after its instant, or never: in any window w, at most rate × (w + grace) sends;
 * - a slice is at most one second's worth, or less where many share the rate; the first, at most what the places can use. It becomes less than
 *   was used of the last one when a permit goes void, and doubles when all were used on time; and none is asked for before half of the last
 *   one is used. So an invocation that cannot keep up leaves what it cannot use to the others.
 */
export class Pacer {
  private readonly slots: Slot[] = [];
  private reserving?: { readonly settled: Promise<void>; readonly canceled: AbortController };
  private free: number;
  private slice: number;
  private readonly maxSliceSeconds: number;
  /** When the last slot ends, used up or not. */
  private end = 0;
  private stopped = false;

  /** Whether any slice was had. */
  public hasSlot = false;

  /** Set when no more slots are to be had: how long the rate is spoken for. */
  public backlogMillis?: number;
  /** How many slices were taken without asking. */
  public rateLimitFallbacks = 0;

  /**
   * @param onChange called when permits have become available, or none are to be had
   * @param places how many sends can be in flight at once
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

  /** Says how many sends are waiting, so that there are permits for them in time. */
  demand(waiting: number, now: number): void {
    if (this.reserving || this.backlogMillis !== undefined) return;
    this.dropVoid(now);
    const permits = this.permits();
    if (waiting <= permits || this.hasTime(permits, now)) return;
    this.reserve(Math.min(this.slice, waiting - permits, this.sends((this.deadline - now) / 1000)), now);
  }

  /** When the next send may start; undefined while that is not known. */
  readyAt(now: number): number | undefined {
    if (this.free > 0) return now;
    this.dropVoid(now);
    const slot = this.slots[0];
    return slot && slot.start + slot.spent * slot.spacing;
  }

  /** Uses the permit that `readyAt` told of. */
  take(): void {
    if (this.free > 0) this.free--;
    else this.slots[0].spent++;
  }

  /** Whether no send may start, now or later. */
  isExhausted(now: number): boolean {
    return this.backlogMillis !== undefined && this.readyAt(now) === undefined;
  }

  /** Gives up reserving; settles when nothing is in flight. */
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
