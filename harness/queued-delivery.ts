import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, StartMessageMoveTaskCommand,
  type Message, type SQSClient,
} from '@aws-sdk/client-sqs';
import { ids, rowsOf } from './conformance/cases/build';
import { REGION } from './credentials';
import { Handler } from './handler/handler';
import { Rig } from './rig';
import { shippedBundle } from './shipped-bundle';
import { DEFAULT, ENV, TUNING } from '../src/private/contract';

const PATIENCE_MILLIS = 60_000;

export type QueueName = 'messages' | 'chunks' | 'dead';

/** The queues of a queued fan-out, on this machine. */
export interface QueueAddresses {
  readonly endpoint: string;
  readonly urls: Readonly<Record<QueueName, string>>;
  arnOf(name: QueueName): string;
}

/** The shipped functions of a queued fan-out, with queues that somebody else emulates and a scripted endpoint. */
export class QueuedDelivery {
  static readonly recipients = ids(2_500);

  static async start(sqs: SQSClient, queues: QueueAddresses): Promise<QueuedDelivery> {
    const rig = await Rig.start();
    await rig.endpoint.play({});
    const options = {
      tableName: await rig.tables.create(rowsOf(QueuedDelivery.recipients)),
      tableEndpoint: rig.tables.endpoint,
      callbackUrl: rig.endpoint.url,
      env: {
        AWS_ENDPOINT_URL_SQS: queues.endpoint,
        DELIVERY_RATE_LIMIT: '1000000',
        [ENV.broadcastQueueUrl]: queues.urls.messages,
        [ENV.chunkQueueUrl]: queues.urls.chunks,
        [ENV.chunkQueueArn]: queues.arnOf('chunks'),
        [ENV.deadLetterQueueUrl]: queues.urls.dead,
        [ENV.maxAgeSeconds]: String(DEFAULT.maxAgeSeconds),
      },
    };
    const publisher = await Handler.start(rig.children, { ...options, bundle: shippedBundle('queued-message-handler') });
    const deliverer = await Handler.start(rig.children, { ...options, bundle: shippedBundle('delivery-handler') });
    return new QueuedDelivery(sqs, queues, rig, publisher, deliverer);
  }

  /** All that the delivery handler has written. */
  output = '';

  private constructor(
    private readonly sqs: SQSClient, private readonly queues: QueueAddresses,
    readonly rig: Rig, readonly publisher: Handler, private readonly deliverer: Handler,
  ) {}

  async stop(): Promise<void> {
    await this.rig.stop();
  }

  async count(name: QueueName): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const;
    const { Attributes = {} } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.queues.urls[name], AttributeNames: [...names] }));
    return names.reduce((sum, each) => sum + Number(Attributes[each]), 0);
  }

  /** Delivers until the queues are empty. */
  async drain(): Promise<{ readonly workItems: number }> {
    let workItems = 0;
    const deadline = Date.now() + PATIENCE_MILLIS;
    while (await this.count('messages') + await this.count('chunks') > 0) {
      if (Date.now() > deadline) throw new Error('the queues did not become empty');
      await this.poll('messages', TUNING.publicQueueBatch);
      workItems += await this.poll('chunks', 1);
    }
    return { workItems };
  }

  /** Moves back what is in the dead-letter queue. @param to where it goes. @default - where it came from */
  async moveBack(to?: QueueName): Promise<void> {
    await this.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: this.queues.arnOf('dead'), DestinationArn: to && this.queues.arnOf(to) }));
    const deadline = Date.now() + PATIENCE_MILLIS;
    while (await this.count('dead') > 0) {
      if (Date.now() > deadline) throw new Error('the dead-letter queue did not become empty');
      await sleep(20);
    }
  }

  /** Does once what Lambda's event source mapping does, but that what failed comes back at once; returns how many messages there were. */
  private async poll(name: QueueName, max: number): Promise<number> {
    const QueueUrl = this.queues.urls[name];
    const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({
      QueueUrl, MaxNumberOfMessages: max, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
    }));
    if (Messages.length === 0) return 0;
    const { settled, output } = await this.deliverer.invoke({ Records: Messages.map((message) => recordOf(message, this.queues.arnOf(name))) });
    this.output += output;
    if (!settled || settled.error) throw new Error(`the delivery handler failed: ${JSON.stringify(settled?.error)}`);
    const { batchItemFailures } = settled.result as { batchItemFailures: { itemIdentifier: string }[] };
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    for (const { MessageId, ReceiptHandle } of Messages) {
      // Lambda would wait for the end of the visibility timeout.
      if (failed.includes(MessageId!)) await this.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      else await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return Messages.length;
  }
}

/** A message in the form in which Lambda hands it to a function. */
function recordOf(message: Message, eventSourceARN: string): object {
  const { MessageId, ReceiptHandle, Body, MD5OfBody, Attributes, MessageAttributes = {} } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    md5OfBody: MD5OfBody,
    attributes: Attributes,
    messageAttributes: Object.fromEntries(Object.entries(MessageAttributes).map(([name, { DataType, StringValue }]) => [
      name, { dataType: DataType, stringValue: StringValue, stringListValues: [], binaryListValues: [] },
    ])),
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: REGION,
  };
}
