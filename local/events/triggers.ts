import { QueueSource } from './queue-source';
import { Schedule } from './schedule';
import type { TargetPorts } from './targets';
import type { AppModel } from '../model/app';
import type { EventSourceModel } from '../model/event-sources';
import type { ScheduleModel } from '../model/schedules';
import type { Queues } from '../queues/queues';

interface Running {
  readonly model: string;
  stop(): void;
}

/** Triggers of functions other than clients: the event sources and schedules of the app as last loaded. */
export class Triggers {
  private readonly byPath = new Map<string, Running>();

  constructor(private readonly queues: Queues, private readonly ports: TargetPorts, private readonly timeScale: number) {}

  apply({ eventSources, schedules }: AppModel): void {
    const paths = new Set([...eventSources, ...schedules].map(({ path }) => path));
    for (const [path, running] of this.byPath) {
      if (!paths.has(path)) this.replace(path, running);
    }
    for (const model of eventSources) this.keepOrStart(model, () => this.poll(model));
    for (const model of schedules) this.keepOrStart(model, () => this.schedule(model));
  }

  /** Stops without waiting for batches under way. */
  stop(): void {
    for (const running of this.byPath.values()) running.stop();
  }

  private keepOrStart(model: EventSourceModel | ScheduleModel, start: () => { stop(): void } | undefined): void {
    const description = JSON.stringify(model);
    const running = this.byPath.get(model.path);
    if (running?.model === description) return;
    if (running) this.replace(model.path, running);
    const started = start();
    if (started) this.byPath.set(model.path, { model: description, stop: () => started.stop() });
  }

  private replace(path: string, running: Running): void {
    this.ports.log({ source: path, event: 'reload', detail: 'changed or removed' });
    running.stop();
    this.byPath.delete(path);
  }

  private poll(model: EventSourceModel): QueueSource | undefined {
    const queue = this.queues.find(model.queueArn);
    return queue && new QueueSource(model, queue, this.ports.invoke, this.ports.log);
  }

  private schedule(model: ScheduleModel): Schedule {
    return new Schedule({ model, ports: this.ports, timeScale: this.timeScale });
  }
}
