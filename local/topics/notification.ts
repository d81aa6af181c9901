import type { Publication, Published } from './topics';
import type { SubscriptionModel } from '../model/topics';
import type { Outgoing } from '../queues/message';
import type { MessageAttribute, MessageAttributes } from '../queues/message-attributes';

/** A message on its way to a subscriber. */
export type Notification = Published & Publication;

/** Placeholder: notifications are not signed, so verification fails. */
const SIGNATURE = { version: '1', value: 'EXAMPLE' };

/** Builds the event for a function. */
export function forFunction({ arn, topicArn }: SubscriptionModel, notification: Notification): object {
  const { messageId, message, subject = null } = notification;
  return {
    Records: [{
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: arn,
      Sns: {
        Type: 'Notification',
        MessageId: messageId,
        TopicArn: topicArn,
        Subject: subject,
        Message: message,
        Timestamp: new Date().toISOString(),
        SignatureVersion: SIGNATURE.version,
        Signature: SIGNATURE.value,
        SigningCertUrl: 'EXAMPLE',
        UnsubscribeUrl: 'EXAMPLE',
        MessageAttributes: valuesOf(notification.attributes),
      },
    }],
  };
}

/** Builds the message for a queue: the raw message with its attributes, or both in JSON. */
export function forQueue({ topicArn, isRaw }: SubscriptionModel, notification: Notification): Pick<Outgoing, 'body' | 'attributes'> {
  const { messageId, sequenceNumber, message, subject, attributes } = notification;
  if (isRaw) return { body: message, attributes };
  const body = {
    Type: 'Notification',
    MessageId: messageId,
    SequenceNumber: sequenceNumber,
    TopicArn: topicArn,
    Subject: subject,
    Message: message,
    Timestamp: new Date().toISOString(),
    SignatureVersion: SIGNATURE.version,
    Signature: SIGNATURE.value,
    SigningCertURL: 'EXAMPLE',
    UnsubscribeURL: 'EXAMPLE',
    MessageAttributes: Object.keys(attributes).length > 0 ? valuesOf(attributes) : undefined,
  };
  return { body: JSON.stringify(body), attributes: {} };
}

function valuesOf(attributes: MessageAttributes): object {
  const valueOf = ({ DataType, StringValue, BinaryValue }: MessageAttribute) => ({ Type: DataType, Value: StringValue ?? BinaryValue });
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, valueOf(attribute)]));
}
