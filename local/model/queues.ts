import type { StackResource, StackScope } from '../template/stack-scope';

export interface QueueModel {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  /** Its address on AWS, which is what `Ref` gives. */
  readonly url: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly receiveWaitSeconds: number;
  readonly maxMessageBytes: number;
  readonly isFifo: boolean;
  /** FIFO queues only: messages with the same body are the same message. */
  readonly deduplicatesByContent: boolean;
  /** Where messages go that were received so often and never deleted. */
  readonly redrive?: { readonly targetArn: string; readonly maxReceiveCount: number };
}

const DAY_SECONDS = 24 * 60 * 60;
export const MAX_MESSAGE_BYTES = 1024 * 1024;

export function readQueue(scope: StackScope, { logicalId, path }: StackResource): QueueModel {
  const property = (name: string) => scope.property(logicalId, name);
  const { ref, attributes } = scope.identity(logicalId);
  return {
    logicalId,
    path,
    name: attributes.QueueName,
    arn: attributes.Arn,
    url: ref,
    visibilityTimeoutSeconds: Number(property('VisibilityTimeout') ?? 30),
    delaySeconds: Number(property('DelaySeconds') ?? 0),
    retentionSeconds: Number(property('MessageRetentionPeriod') ?? 4 * DAY_SECONDS),
    receiveWaitSeconds: Number(property('ReceiveMessageWaitTimeSeconds') ?? 0),
    maxMessageBytes: Number(property('MaximumMessageSize') ?? MAX_MESSAGE_BYTES),
    isFifo: String(property('FifoQueue')) === 'true',
    deduplicatesByContent: String(property('ContentBasedDeduplication')) === 'true',
    redrive: redriveOf(property('RedrivePolicy')),
  };
}

/** The policy is an object, or the JSON of one. */
function redriveOf(value: unknown): QueueModel['redrive'] {
  if (value === undefined) return undefined;
  const policy = (typeof value === 'string' ? JSON.parse(value) : value) as { deadLetterTargetArn?: string; maxReceiveCount?: number | string };
  return policy.deadLetterTargetArn === undefined
    ? undefined
    : { targetArn: policy.deadLetterTargetArn, maxReceiveCount: Number(policy.maxReceiveCount ?? 10) };
}
