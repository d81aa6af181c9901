import { Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

/** An SNS topic. */
export interface TopicModel {
  readonly path: string;
  readonly arn: string;
  readonly isFifo: boolean;
  /** FIFO topics only: messages with the same body are duplicates. */
  readonly deduplicatesByContent: boolean;
  /** Subscriptions in the topic's own properties. */
  readonly subscriptions: readonly SubscriptionModel[];
  /** Reasons for which other subscriptions are not emulated. */
  readonly unemulated: readonly string[];
}

/** A function or queue that subscribes to a topic. */
export interface SubscriptionModel {
  readonly path: string;
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: 'lambda' | 'sqs';
  /** ARN of the function or the queue. */
  readonly endpoint: string;
  /** Whether a queue gets the raw message. */
  readonly isRaw: boolean;
  /** Filter of the messages; without one, all are delivered. */
  readonly filter?: FilterModel;
}

export interface FilterModel {
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly isOfBody: boolean;
}

export function readTopic(scope: StackScope, resource: StackResource): TopicModel {
  const properties = new Properties(scope, resource);
  const { ref: arn } = scope.identity(resource.logicalId);
  const subscriptions = properties.objects('Subscription')
    .map(({ Protocol, Endpoint }, index) => subscriptionOf({ path: resource.path, arn: `${arn}:${index}`, topicArn: arn }, Protocol, Endpoint));
  return {
    path: resource.path,
    arn,
    isFifo: properties.flag('FifoTopic'),
    deduplicatesByContent: properties.flag('ContentBasedDeduplication'),
    subscriptions: subscriptions.filter((each) => typeof each === 'object'),
    unemulated: subscriptions.filter((each) => typeof each === 'string'),
  };
}

/** Reads a subscription, or returns the reason for which it is not emulated. */
export function readSubscription(scope: StackScope, resource: StackResource): SubscriptionModel | string {
  const { logicalId, path } = resource;
  const properties = new Properties(scope, resource);
  const identity = { path, arn: scope.identity(logicalId).ref, topicArn: properties.requiredText('TopicArn') };
  const subscription = subscriptionOf(identity, properties.text('Protocol'), properties.text('Endpoint'));
  if (typeof subscription === 'string') return subscription;
  const pattern = properties.object('FilterPolicy');
  return {
    ...subscription,
    isRaw: properties.flag('RawMessageDelivery'),
    filter: pattern && { pattern, isOfBody: properties.text('FilterPolicyScope') === 'MessageBody' },
  };
}

type Identity = Pick<SubscriptionModel, 'path' | 'arn' | 'topicArn'>;

function subscriptionOf(identity: Identity, protocol: unknown, endpoint: unknown): SubscriptionModel | string {
  if ((protocol !== 'lambda' && protocol !== 'sqs') || typeof endpoint !== 'string') {
    return `${identity.path}: only functions and queues are emulated as subscribers, got ${String(protocol)}; it gets nothing`;
  }
  return { ...identity, protocol, endpoint, isRaw: false };
}
