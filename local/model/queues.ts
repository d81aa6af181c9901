import { numberOf, Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

export interface QueueModel {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  /** Address on AWS, which `Ref` returns. */
  readonly url: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly receiveWaitSeconds: number;
  readonly maxMessageBytes: number;
  readonly isFifo: boolean;
  /** FIFO queues only: messages with the same body are duplicates. */
  readonly deduplicatesByContent: boolean;
  /** Dead-letter queue, and the number of receives after which a message goes there. */
  readonly redrive?: { readonly targetArn: string; readonly maxReceiveCount: number };
}

const DAY_SECONDS = 24 * 60 * 60;
export const MAX_MESSAGE_BYTES = 1024 * 1024;

export function readQueue(scope: StackScope, resource: StackResource): QueueModel {
  const { logicalId, path } = resource;
  const properties = new Properties(scope, resource);
  const { ref, attributes } = scope.identity(logicalId);
  return {
    logicalId,
    path,
    name: attributes.QueueName,
    arn: attributes.Arn,
    url: ref,
    visibilityTimeoutSeconds: properties.number('VisibilityTimeout') ?? 30,
    delaySeconds: properties.number('DelaySeconds') ?? 0,
    retentionSeconds: properties.number('MessageRetentionPeriod') ?? 4 * DAY_SECONDS,
    receiveWaitSeconds: properties.number('ReceiveMessageWaitTimeSeconds') ?? 0,
    maxMessageBytes: properties.number('MaximumMessageSize') ?? MAX_MESSAGE_BYTES,
    isFifo: properties.flag('FifoQueue'),
    deduplicatesByContent: properties.flag('ContentBasedDeduplication'),
    redrive: redriveOf(scope.property(logicalId, 'RedrivePolicy')),
  };
}

/** Reads a redrive policy, an object or its JSON. */
function redriveOf(value: unknown): QueueModel['redrive'] {
  const policy = (typeof value === 'string' ? parse(value) : value ?? {}) as { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown };
  return typeof policy.deadLetterTargetArn === 'string'
    ? { targetArn: policy.deadLetterTargetArn, maxReceiveCount: numberOf(policy.maxReceiveCount) ?? 10 }
    : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) ?? {};
  } catch {
    return {};
  }
}
