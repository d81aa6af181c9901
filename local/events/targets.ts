import { inputOf } from './input';
import { messageOf } from '../errors';
import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import type { TargetModel } from '../model/targets';
import type { Queue } from '../queues/queue';

/** A rule or a schedule. */
export interface Source {
  readonly path: string;
  readonly arn: string;
}

export interface TargetPorts {
  readonly invoke: Invoke;
  readonly findQueue: (arn: string) => Queue | undefined;
  /** Forwards an event to another event bus. Absent for an event that was forwarded already: AWS forwards it once. */
  readonly toBus?: (busArn: string) => void;
  /** Publishes a message to a topic. Throws when the topic does not exist. */
  readonly publish: (topicArn: string, message: string) => unknown;
  readonly log: Log;
}

/** Delivers an event to the targets of a rule or a schedule. A failed target does not affect the others. */
export function deliver({ path, arn }: Source, targets: readonly TargetModel[], event: object, ports: TargetPorts): void {
  for (const target of targets) {
    try {
      give(target, inputOf(target.input, event, { arn }), ports);
    } catch (error) {
      ports.log({ source: path, event: 'error', detail: messageOf(error) });
    }
  }
}

function give({ arn, type, messageGroupId }: TargetModel, input: string, { invoke, findQueue, publish, toBus }: TargetPorts): void {
  switch (type) {
    case 'lambda': return void invoke(arn, parse(input));
    case 'sns': return void publish(arn, input);
    case 'bus': return toBus?.(arn);
    case 'sqs': {
      const queue = findQueue(arn);
      if (!queue) throw new Error(`the queue ${arn} is not in this cloud assembly`);
      return void queue.send({ body: input, attributes: {}, systemAttributes: {}, groupId: messageGroupId });
    }
    // A notice at the start names it.
    case 'unsupported': return undefined;
  }
}

function parse(input: string): object {
  try {
    return JSON.parse(input) as object;
  } catch {
    throw new Error('a function takes JSON, which the input of this target is not');
  }
}
