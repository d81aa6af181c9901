import { SqsError } from './errors';
import type { Queue } from './queue';

/** Attributes of queues that are not emulated. Asking for them is no error. */
const NOT_EMULATED = [
  'All', 'Policy', 'CreatedTimestamp', 'LastModifiedTimestamp', 'RedriveAllowPolicy', 'DeduplicationScope', 'FifoThroughputLimit',
  'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds',
];

/** Returns the requested attributes; undefined when there are none. */
export function pickQueueAttributes(queue: Queue, names: readonly string[]): Record<string, string> | undefined {
  const attributes = attributesOf(queue);
  const unknown = names.find((name) => !(Object.hasOwn(attributes, name) || NOT_EMULATED.includes(name)));
  if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  const picked = Object.entries(attributes).filter(([name, value]) => value !== undefined && (names.includes(name) || names.includes('All')));
  return picked.length === 0 ? undefined : Object.fromEntries(picked) as Record<string, string>;
}

function attributesOf(queue: Queue): Record<string, string | undefined> {
  const { model } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  return {
    QueueArn: model.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(model.visibilityTimeoutSeconds),
    DelaySeconds: String(model.delaySeconds),
    MessageRetentionPeriod: String(model.retentionSeconds),
    ReceiveMessageWaitTimeSeconds: String(model.receiveWaitSeconds),
    MaximumMessageSize: String(model.maxMessageBytes),
    SqsManagedSseEnabled: 'true',
    FifoQueue: model.isFifo ? 'true' : undefined,
    ContentBasedDeduplication: model.isFifo ? String(model.deduplicatesByContent) : undefined,
    RedrivePolicy: model.redrive && JSON.stringify({ deadLetterTargetArn: model.redrive.targetArn, maxReceiveCount: model.redrive.maxReceiveCount }),
  };
}
