import { MetricLines } from './metric-lines';
import { METRIC_REFUSED } from '../../src/private/contract';

/** A client that floods does not flood the log: refusals are summed up to a line a second. */
const LINE_MILLIS = 1_000;

/** Counts the messages of clients that were refused. */
export class Refusals {
  private readonly metrics = new MetricLines();
  private count = 0;
  private writtenAt = -Infinity;

  add(): void {
    this.count += 1;
  }

  /** Writes what there is, at most once a second. @param now by the clock that the messages are stamped with */
  write(now: number): void {
    if (this.count === 0 || now < this.writtenAt + LINE_MILLIS) return;
    this.metrics.write({ [METRIC_REFUSED]: this.count });
    this.count = 0;
    this.writtenAt = now;
  }
}
