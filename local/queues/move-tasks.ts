import { randomUUID } from 'node:crypto';
import { SqsError } from './errors';
import { optionalInteger, optionalString, requiredString, type Input } from './parameters';
import type { Message, Queue } from './queue';

const MAX_RATE = 500;
const MAX_LISTED = 10;
const NO_SOURCE = 'CouldNotDetermineMessageSource';
const NO_QUEUE = 'AWS.SimpleQueueService.NonExistentQueue';

/** Default rate; AWS does not document the rate that SQS chooses. */
const DEFAULT_RATE = 500;

/** A move of messages out of a dead-letter queue: to their source queues, or to one destination. */
interface MoveTask {
  readonly handle: string;
  readonly source: Queue;
  readonly destinationArn?: string;
  /** Rate that the caller gave. */
  readonly maxPerSecond?: number;
  readonly startedAt: number;
  readonly toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  failureReason?: string;
  timer?: NodeJS.Timeout;
}

/** The redrives of dead-letter queues, one at a time for each queue. */
export class MoveTasks {
  private readonly tasks: MoveTask[] = [];

  /** @param queues all queues by ARN */
  constructor(private readonly queues: ReadonlyMap<string, Queue>) {}

  start(input: Input): object {
    const source = this.sourceOf(input);
    const destinationArn = optionalString(input, 'DestinationArn');
    const maxPerSecond = optionalInteger(input, 'MaxNumberOfMessagesPerSecond', 1, MAX_RATE, `Must be between 1 and ${MAX_RATE}, if provided.`);
    this.checkRoute(source, destinationArn);
    const task: MoveTask = {
      handle: handleOf(source.model.arn), source, destinationArn, maxPerSecond, startedAt: Date.now(), toMove: source.counts().visible, moved: 0, status: 'RUNNING',
    };
    this.tasks.unshift(task);
    this.continue(task);
    return { TaskHandle: task.handle };
  }

  list(input: Input): object {
    const source = this.sourceOf(input);
    const max = optionalInteger(input, 'MaxResults', 1, MAX_LISTED, `Must be between 1 and ${MAX_LISTED}, if provided.`) ?? 1;
    return { Results: this.tasks.filter((task) => task.source === source).slice(0, max).map(describe) };
  }

  cancel(input: Input): object {
    const handle = requiredString(input, 'TaskHandle');
    const arn = sourceArnOf(handle);
    if (!this.queues.has(arn)) throw new SqsError('ResourceNotFoundException', 'The resource that you specified for the SourceArn parameter doesn\'t exist.');
    const task = this.tasks.find((each) => each.handle === handle);
    if (!task) throw new SqsError('ResourceNotFoundException', 'Task does not exist.');
    if (task.status !== 'RUNNING') throw new SqsError('UnsupportedOperation', 'Only a task that is running can be cancelled.');
    this.end(task, 'CANCELLED');
    return { ApproximateNumberOfMessagesMoved: task.moved };
  }

  stop(): void {
    for (const { timer } of this.tasks) clearTimeout(timer);
  }

  private sourceOf(input: Input): Queue {
    const arn = requiredString(input, 'SourceArn');
    if (!/^arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+$/.test(arn)) {
      throw new SqsError('InvalidParameterValue', 'You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>');
    }
    const queue = this.queues.get(arn);
    if (!queue) throw new SqsError('ResourceNotFoundException', 'The resource that you specified for the SourceArn parameter doesn\'t exist.');
    return queue;
  }

  private checkRoute(source: Queue, destinationArn: string | undefined): void {
    const { arn, isFifo } = source.model;
    const isDeadLetterQueue = [...this.queues.values()].some(({ model }) => model.redrive?.targetArn === arn);
    if (!isDeadLetterQueue) throw new SqsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
    if (destinationArn !== undefined) {
      const destination = this.queues.get(destinationArn);
      if (!destination) throw new SqsError('ResourceNotFoundException', 'The resource that you specified for the DestinationArn parameter doesn\'t exist.');
      if (destination === source) throw new SqsError('InvalidParameterValue', 'Source queue arn and destination queue arn cannot be the same.');
      if (destination.model.isFifo !== isFifo) throw new SqsError('InvalidParameterValue', 'Source queue and destination queue must be of the same type.');
    }
    if (this.tasks.some((task) => task.source === source && task.status === 'RUNNING')) {
      throw new SqsError('InvalidParameterValue', 'There is already a task running. Only one active task is allowed for a source queue arn at a given time.');
    }
  }

  private continue(task: MoveTask): void {
    task.timer = setTimeout(() => {
      this.moveNext(task);
      if (task.status === 'RUNNING') this.continue(task);
    }, 1000 / (task.maxPerSecond ?? DEFAULT_RATE));
  }

  private moveNext(task: MoveTask): void {
    const message = task.source.next();
    if (!message) return this.end(task, 'COMPLETED');
    const target = this.targetOf(task, message);
    if (typeof target === 'string') {
      task.failureReason = target;
      return this.end(task, 'FAILED');
    }
    task.source.move(message, target);
    task.moved++;
  }

  /** Returns the queue for a message, or the reason for which there is none. */
  private targetOf({ destinationArn }: MoveTask, { deadLetterSource }: Message): Queue | string {
    const arn = destinationArn ?? deadLetterSource;
    return arn === undefined ? NO_SOURCE : this.queues.get(arn) ?? NO_QUEUE;
  }

  private end(task: MoveTask, status: MoveTask['status']): void {
    clearTimeout(task.timer);
    task.status = status;
  }
}

function describe(task: MoveTask): object {
  return {
    TaskHandle: task.status === 'RUNNING' ? task.handle : undefined,
    Status: task.status,
    SourceArn: task.source.model.arn,
    DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.maxPerSecond,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failureReason,
    StartedTimestamp: task.startedAt,
  };
}

function handleOf(sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn })).toString('base64');
}

function sourceArnOf(handle: string): string {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString()) as Record<string, unknown>;
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return sourceArn;
  } catch {
    // No JSON, or nothing in it: the same answer as below.
  }
  throw new SqsError('InvalidParameterValue', 'Value for parameter TaskHandle is invalid.');
}
