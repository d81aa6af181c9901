import { createHash, randomUUID } from 'node:crypto';
import { messageOf } from '../errors';
import { isWanted } from './filter';
import { forFunction, forQueue, type Notification } from './notification';
import type { Invoke } from '../lambda/invoke';
import type { Log } from '../log';
import type { SubscriptionModel, TopicModel } from '../model/topics';
import type { MessageAttributes } from '../queues/message-attributes';
import type { Queue } from '../queues/queue';

/** A message to publish. */
export interface Publication {
  /** Message for all protocols without their own. */
  readonly message: string;
  /** Messages by protocol, if they differ. */
  readonly messages?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly attributes: MessageAttributes;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

export interface Published {
  readonly messageId: string;
  readonly sequenceNumber?: string;
}

/** An error with SNS's message. */
export class SnsError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

export interface TopicsPorts {
  readonly invoke: Invoke;
  readonly findQueue: (arn: string) => Queue | undefined;
  readonly log: Log;
}

/** Time for which a FIFO topic rejects duplicates. */
const DEDUPLICATION_MILLIS = 5 * 60_000;

/** The topics of an app and their subscriptions. */
export class Topics {
  private topics: readonly TopicModel[] = [];
  private subscriptions: readonly SubscriptionModel[] = [];
  /** Recent messages of FIFO topics, by topic and deduplication id. */
  private readonly recent = new Map<string, { readonly at: number; readonly published: Published }>();
  private sequence = 0;

  constructor(private readonly ports: TopicsPorts) {}

  /** Applies the topics of a newly loaded app. */
  apply(topics: readonly TopicModel[], subscriptions: readonly SubscriptionModel[]): void {
    this.topics = topics;
    this.subscriptions = subscriptions;
  }

  publish(topicArn: string, publication: Publication): Published {
    const topic = this.topics.find(({ arn }) => arn === topicArn);
    if (!topic) throw new SnsError(404, 'NotFound', 'Topic does not exist');
    const deduplicationId = topic.isFifo ? deduplicationIdOf(topic, publication) : undefined;
    const key = `${topicArn} ${deduplicationId}`;
    const known = deduplicationId === undefined ? undefined : this.recent.get(key);
    if (known && Date.now() - known.at < DEDUPLICATION_MILLIS) return known.published;
    this.sequence++;
    const published: Published = { messageId: randomUUID(), ...topic.isFifo && { sequenceNumber: `1${String(this.sequence).padStart(19, '0')}` } };
    if (deduplicationId !== undefined) this.remember(key, published);
    this.hand(topic, { ...published, ...publication, deduplicationId });
    return published;
  }

  private hand({ path, arn }: TopicModel, notification: Notification): void {
    const all = this.subscriptions.filter(({ topicArn }) => topicArn === arn);
    const wanting = all.filter((subscription) => isWanted(subscription.filter, notification.attributes, messageFor(subscription, notification)));
    const detail = `${Buffer.byteLength(notification.message)} bytes to ${wanting.length} of ${all.length} ${all.length === 1 ? 'subscription' : 'subscriptions'}`;
    this.ports.log({ source: path, event: 'publish', detail });
    for (const subscription of wanting) this.deliver(subscription, { ...notification, message: messageFor(subscription, notification) });
  }

  private remember(key: string, published: Published): void {
    const now = Date.now();
    for (const [other, { at }] of this.recent) if (now - at >= DEDUPLICATION_MILLIS) this.recent.delete(other);
    this.recent.set(key, { at: now, published });
  }

  /** Delivers to one subscriber; a failure does not affect the others. */
  private deliver(subscription: SubscriptionModel, notification: Notification): void {
    const { invoke, findQueue, log } = this.ports;
    const { path, protocol, endpoint } = subscription;
    try {
      if (protocol === 'lambda') return void invoke(endpoint, forFunction(subscription, notification));
      const queue = findQueue(endpoint);
      if (!queue) throw new Error(`the queue ${endpoint} is not in this cloud assembly`);
      const { groupId, deduplicationId } = queue.model.isFifo ? notification : {};
      queue.send({ ...forQueue(subscription, notification), systemAttributes: {}, groupId, deduplicationId });
    } catch (error) {
      log({ source: path, event: 'error', detail: messageOf(error) });
    }
  }
}

function deduplicationIdOf({ deduplicatesByContent }: TopicModel, { message, groupId, deduplicationId }: Publication): string {
  if (groupId === undefined) throw new SnsError(400, 'InvalidParameter', 'Invalid parameter: The MessageGroupId parameter is required for FIFO topics');
  if (deduplicationId !== undefined) return deduplicationId;
  if (!deduplicatesByContent) {
    throw new SnsError(400, 'InvalidParameter', 'Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly');
  }
  return createHash('sha256').update(message).digest('hex');
}

function messageFor({ protocol }: SubscriptionModel, { message, messages }: Publication): string {
  return messages && Object.hasOwn(messages, protocol) ? messages[protocol] : message;
}
