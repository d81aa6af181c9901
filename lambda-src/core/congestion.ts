const WINDOW_MILLIS = 250;
const MIN_CONNECTIONS = 5;
const MIN_SHARE = 0.02;
const SLOWEST = 1 / 64;
const RECOVERY = 1.25;

/**
 * Distinguishes one client that reads too slowly from an account over its rate: API Gateway answers both with 429.
 *
 * Invariants: the factor is halved at most once a window, and only if at least 2 % of the answers in that window, about at least five
 * connections, were 429. Each window without that raises it by a quarter, up to 1.
 *
 * Only answers to first sends count: a client that reads too slowly is sent to several times, and would count as many.
 */
export class Congestion {
  private windowStart = 0;
  private answers = 0;
  private throttles = 0;
  private readonly throttled = new Set<string>();
  private nextSend = 0;

  /** Multiplier of the sending rate. */
  public factor = 1;

  /** @param rate sends per second without congestion */
  constructor(private readonly rate: number) {}

  /** Records the answer to a first send. */
  note(connectionId: string, isThrottle: boolean, now: number): void {
    this.roll(now);
    this.answers++;
    if (!isThrottle) return;
    this.throttles++;
    this.throttled.add(connectionId);
  }

  /** Earliest start of the next send: now or earlier when there is no congestion. */
  readyAt(now: number): number {
    this.roll(now);
    return this.factor === 1 ? now : this.nextSend;
  }

  sent(now: number): void {
    if (this.factor < 1) this.nextSend = Math.max(now, this.nextSend) + 1000 / (this.rate * this.factor);
  }

  private roll(now: number): void {
    if (now - this.windowStart < WINDOW_MILLIS) return;
    const congested = this.throttled.size >= MIN_CONNECTIONS && this.throttles >= MIN_SHARE * this.answers;
    const windows = Math.floor((now - this.windowStart) / WINDOW_MILLIS);
    if (congested) this.factor = Math.max(SLOWEST, this.factor / 2);
    else this.factor = Math.min(1, this.factor * RECOVERY ** Math.min(windows, 32));
    this.windowStart = now;
    this.answers = this.throttles = 0;
    this.throttled.clear();
  }
}
