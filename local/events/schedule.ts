import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors';
import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import { functionNameOf } from '../model/event-sources';
import type { ScheduleModel, ScheduleTarget } from '../model/schedules';
import type { Queue } from '../queues/queue';

export interface ScheduleOptions {
  readonly model: ScheduleModel;
  readonly invoke: Invoke;
  readonly findQueue: (arn: string) => Queue | undefined;
  readonly log: Log;
  /** How many times more often than on AWS it fires. */
  readonly timeScale: number;
}

/** The longest that a timer of Node.js waits. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** Fires at its rate; the first time when the interval is over. */
export class Schedule {
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: ScheduleOptions) {
    this.timer = setInterval(() => this.fire(), Math.min(options.model.intervalMillis / options.timeScale, MAX_TIMER_MILLIS));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private fire(): void {
    const { model: { path, targets }, log } = this.options;
    log({ source: path, event: 'schedule', detail: `fires at ${targets.length} ${targets.length === 1 ? 'target' : 'targets'}` });
    for (const target of targets) this.deliver(target, target.input ?? JSON.stringify(this.event()));
  }

  private deliver({ arn, messageGroupId }: ScheduleTarget, input: string): void {
    const { model: { path }, invoke, findQueue, log } = this.options;
    try {
      if (!arn.includes(':sqs:')) return void invoke(functionNameOf(arn), JSON.parse(input) as object);
      const queue = findQueue(arn);
      if (!queue) throw new Error(`the queue ${arn} is not in this cloud assembly`);
      queue.send({ body: input, attributes: {}, systemAttributes: {}, groupId: messageGroupId });
    } catch (error) {
      log({ source: path, event: 'error', detail: messageOf(error) });
    }
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
