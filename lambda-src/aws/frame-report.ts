import { MetricLines } from './metric-lines';
import { BATCH_METRIC } from '../../src/private/layer-contract';
import type { FrameReporter } from '../core/frame-delivery';

/** Writes a line of metrics for each batch whose messages share frames. */
export class FrameReport implements FrameReporter {
  private readonly metrics = new MetricLines();

  framed(messages: number, frames: number): void {
    this.metrics.write({ [BATCH_METRIC.messages]: messages, [BATCH_METRIC.frames]: frames });
  }
}
