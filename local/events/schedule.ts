import { randomUUID } from 'node:crypto';
import { deliver, type TargetPorts } from './targets';
import type { ScheduleModel } from '../model/schedules';

export interface ScheduleOptions {
  readonly model: ScheduleModel;
  readonly ports: TargetPorts;
  /** Multiplier of the firing rate. */
  readonly timeScale: number;
}

/** Longest delay of a Node.js timer. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** Fires at its rate, first after one interval. */
export class Schedule {
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: ScheduleOptions) {
    this.timer = setInterval(() => this.fire(), Math.min(options.model.intervalMillis / options.timeScale, MAX_TIMER_MILLIS));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private fire(): void {
    const { model, ports } = this.options;
    const { path, targets } = model;
    ports.log({ source: path, event: 'schedule', detail: `fires at ${targets.length} ${targets.length === 1 ? 'target' : 'targets'}` });
    deliver(model, targets, this.event(), ports);
  }

  private event(): object {
    const { arn, account, region, source } = this.options.model;
    return {
      'version': '0',
      'id': randomUUID(),
      'detail-type': 'Scheduled Event',
      source,
      account,
      'time': `${new Date().toISOString().slice(0, 19)}Z`,
      region,
      'resources': [arn],
      'detail': source === 'aws.events' ? {} : '{}',
    };
  }
}
