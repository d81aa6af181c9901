import type { VirtualClock } from '../../../../harness/virtual-clock';
import type { Tick } from '../../../../lambda-src/core/presence/presence-table';
import type { Random } from '../simulation/random';

/** Faults of a queue. */
export interface QueueWeather {
  readonly duplicateTicks: number;
  readonly lateTicks: number;
  readonly lostTicks: number;
}

/** Result of a receive; never called when the function dies. */
export type Settle = (isDone: boolean) => void;

const VISIBILITY_MILLIS = 90_000;
const RECEIVES = 5;
const LATE_MILLIS = 20_000;

/** A standard SQS queue with a function behind it. */
export class SimulatedQueue {
  readonly counts = { sent: 0, receives: 0, repeats: 0, lost: 0, deadLetters: 0 };

  constructor(
    private readonly clock: VirtualClock, private readonly random: Random, private readonly weather: () => QueueWeather,
    private readonly receive: (tick: Tick, isRepeated: boolean, settle: Settle) => void,
  ) {}

  send(tick: Tick, delaySeconds: number): void {
    const { random, clock } = this;
    const { lostTicks, lateTicks, duplicateTicks } = this.weather();
    this.counts.sent++;
    if (random.chance(lostTicks)) {
      this.counts.lost++;
      return;
    }
    const delay = delaySeconds * 1_000 + random.next() * (random.chance(lateTicks) ? LATE_MILLIS : 300);
    clock.after(delay, () => this.handOut(tick));
    // A copy is delivered on its own.
    if (random.chance(duplicateTicks)) clock.after(delay + random.next() * 500, () => this.handOut(tick));
  }

  private handOut(tick: Tick): void {
    let isDone = false;
    let receives = 0;
    const receive = () => {
      if (isDone) return;
      if (receives === RECEIVES) {
        this.counts.deadLetters++;
        return;
      }
      receives++;
      this.counts.receives++;
      if (receives > 1) this.counts.repeats++;
      this.clock.after(VISIBILITY_MILLIS, receive);
      this.receive(tick, receives > 1, (hasSucceeded) => (isDone ||= hasSucceeded));
    };
    receive();
  }
}
