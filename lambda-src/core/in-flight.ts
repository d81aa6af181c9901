/** A longer send no longer holds a place: a hung client must not slow the others down. */
export const SLOW_MILLIS = 500;
/** Sends in flight in all, including slow ones, as a multiple of the places. */
const SLOW_FACTOR = 4;

/** One send in flight. */
export interface Flight {
  readonly startedAt: number;
  landed: boolean;
  slow: boolean;
}

/**
 * Bounds the sends in flight.
 *
 * Invariants: sends that are not slow ≤ places; all sends ≤ four times the places. Flights are kept in the order of
 * their start, so that flights which turn slow are always at the head.
 */
export class InFlight {
  private flights: Flight[] = [];
  private head = 0;
  private quick = 0;
  private slow = 0;

  constructor(private readonly places: number) {}

  get size(): number {
    return this.quick + this.slow;
  }

  hasPlace(now: number): boolean {
    this.setSlowAside(now);
    return this.quick < this.places && this.size < this.places * SLOW_FACTOR;
  }

  /** Time at which a place becomes free even if nothing lands; read only when no place is free. */
  get nextSlow(): number | undefined {
    const first = this.flights[this.head];
    return first && this.size < this.places * SLOW_FACTOR ? first.startedAt + SLOW_MILLIS : undefined;
  }

  start(now: number): Flight {
    const flight: Flight = { startedAt: now, landed: false, slow: false };
    this.flights.push(flight);
    this.quick++;
    return flight;
  }

  land(flight: Flight): void {
    flight.landed = true;
    if (flight.slow) this.slow--;
    else this.quick--;
  }

  private setSlowAside(now: number): void {
    for (; this.head < this.flights.length; this.head++) {
      const flight = this.flights[this.head];
      if (flight.landed) continue;
      if (now - flight.startedAt < SLOW_MILLIS) break;
      flight.slow = true;
      this.quick--;
      this.slow++;
    }
    // Landed flights are dropped soon: each garbage collection would copy them.
    if (this.head > this.places) {
      this.flights = this.flights.slice(this.head);
      this.head = 0;
    }
  }
}
