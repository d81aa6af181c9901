import {
  ChangeMessageVisibilityBatchCommand, ChangeMessageVisibilityCommand, DeleteMessageBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand,
  ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, type MessageAttributeValue, type SendMessageBatchRequestEntry, type SQSClient,
} from '@aws-sdk/client-sqs';

/** One of the two implementations, with the receipt handles that it has issued. */
export interface Subject {
  readonly sqs: SQSClient;
  readonly urls: Readonly<Record<QueueName, string>>;
  readonly received: string[];
  readonly deleted: string[];
}

export type QueueName = 'standard' | 'fifo';

/** A request as data: its operation, its queue, and its variant. */
export interface Request {
  readonly operation: keyof typeof OPERATIONS;
  readonly queue: QueueName;
  readonly variant: string;
}

type Run = (subject: Subject, url: string, isFifo: boolean) => Promise<unknown>;
type Message = Partial<SendMessageBatchRequestEntry>;

const MB = 1024 * 1024;
const text = (StringValue: string): MessageAttributeValue => ({ DataType: 'String', StringValue });
const number = (StringValue: string): MessageAttributeValue => ({ DataType: 'Number', StringValue });
const attribute = (value: MessageAttributeValue, name = 'a'): Message => ({ MessageAttributes: { [name]: value } });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_value, index) => [`a${index}`, text('x')]));

/** Messages that SQS accepts or refuses, by variant. */
const MESSAGES: Readonly<Record<string, Message>> = {
  'plain': {},
  'all of unicode': { MessageBody: '\t\n\r grüße 👋 \ue000\ufffd' },
  'attributes of each type': {
    MessageAttributes: {
      text: text('x'),
      whole: number('42'),
      typed: { DataType: 'Number.float', StringValue: '-1.5' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    },
  },
  'ten attributes': { MessageAttributes: many(10) },
  'a group': { MessageGroupId: 'h' },
  'a group of 128 characters': { MessageGroupId: '!'.repeat(128) },
  'a delay of 15 minutes': { DelaySeconds: 900 },
  'no delay': { DelaySeconds: 0 },
  'a body of 1 MiB': { MessageBody: 'x'.repeat(MB) },
  'no body': { MessageBody: undefined },
  'an empty body': { MessageBody: '' },
  'a control character in the body': { MessageBody: 'a\u0008' },
  'a noncharacter in the body': { MessageBody: 'a\uffff' },
  'a body over 1 MiB': { MessageBody: 'x'.repeat(MB + 1) },
  'attributes over 1 MiB': { MessageBody: 'x'.repeat(MB - 7), ...attribute(text('x')) },
  'a delay of 901 s': { DelaySeconds: 901 },
  'a negative delay': { DelaySeconds: -1 },
  'a group of 129 characters': { MessageGroupId: 'g'.repeat(129) },
  'a group with a space': { MessageGroupId: 'a b' },
  'an empty group': { MessageGroupId: '' },
  'no group': { MessageGroupId: undefined },
  'a deduplication id': { MessageDeduplicationId: 'same' },
  'a deduplication id with a space': { MessageDeduplicationId: 'a b' },
  'a deduplication id of 129 characters': { MessageDeduplicationId: 'd'.repeat(129) },
  'no deduplication id': { MessageDeduplicationId: undefined },
  'eleven attributes': { MessageAttributes: many(11) },
  'an attribute without a value': attribute({ DataType: 'String' }),
  'an attribute with an empty value': attribute(text('')),
  'an attribute with a control character': attribute(text('a\u0008')),
  'an attribute of an unknown type': attribute({ DataType: 'Text', StringValue: 'x' }),
  'an attribute whose number is none': attribute(number('five')),
  'an attribute whose number is too large': attribute(number('1e127')),
  'an attribute name with a space': attribute(text('x'), 'a b'),
  'an attribute name of 257 characters': attribute(text('x'), 'n'.repeat(257)),
  'an attribute name that is reserved': attribute(text('x'), 'AWS.a'),
  'an attribute name that ends in a period': attribute(text('x'), 'a.'),
};

let sent = 0;

/** Each message has its own deduplication id, unless the variant sets one. */
function message(variant: string, isFifo: boolean): Message & { readonly MessageBody: string } {
  sent++;
  const needed = isFifo ? { MessageGroupId: 'g', MessageDeduplicationId: `d${sent}` } : {};
  return { MessageBody: 'x', ...needed, ...MESSAGES[variant] } as Message & { readonly MessageBody: string };
}

const send = Object.fromEntries(Object.keys(MESSAGES).map((variant): [string, Run] => [variant, async ({ sqs }, QueueUrl, isFifo) => {
  const command = new SendMessageCommand({ QueueUrl, ...message(variant, isFifo) });
  const { MD5OfMessageBody, MD5OfMessageAttributes, SequenceNumber } = await sqs.send(command);
  return { MD5OfMessageBody, MD5OfMessageAttributes, hasSequence: SequenceNumber !== undefined };
}]));

const withIds = (...ids: string[]) => (isFifo: boolean) => ids.map((Id) => ({ Id, ...message('plain', isFifo) }));
const numbered = (count: number) => withIds(...Array.from({ length: count }, (_value, index) => `e${index}`));

const BATCHES: Readonly<Record<string, (isFifo: boolean) => SendMessageBatchRequestEntry[]>> = {
  'two': numbered(2),
  'none': numbered(0),
  'eleven': numbered(11),
  'one id twice': withIds('a', 'a'),
  'an id with a space': withIds('a b'),
  'an id of 81 characters': withIds('i'.repeat(81)),
  'over 1 MiB': (isFifo) => numbered(2)(isFifo).map((each) => ({ ...each, MessageBody: 'x'.repeat(MB / 2 + 1) })),
  ...Object.fromEntries(Object.keys(MESSAGES).map((variant) => [`with ${variant}`, (isFifo: boolean) => [
    { Id: 'special', ...message(variant, isFifo) }, { Id: 'plain', ...message('plain', isFifo) },
  ]])),
};

const sendBatch = Object.fromEntries(Object.entries(BATCHES).map(([variant, entriesFor]): [string, Run] => [variant, async ({ sqs }, url, isFifo) => {
  const { Successful = [], Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entriesFor(isFifo) }));
  return {
    successful: Successful.map(({ Id, MD5OfMessageBody, MD5OfMessageAttributes }) => [Id, MD5OfMessageBody, MD5OfMessageAttributes]),
    failed: Failed.map(({ Id, Code }) => [Id, Code]),
  };
}]));

const receiving = (parameters: object): Run => async ({ sqs, received }, QueueUrl, isFifo) => {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'], ...parameters,
  }));
  received.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle!));
  const seen = Messages.map(({ Body, MD5OfBody, MD5OfMessageAttributes, Attributes = {} }) => [
    MD5OfBody, Body?.length, MD5OfMessageAttributes, Attributes.ApproximateReceiveCount, Attributes.MessageGroupId,
  ]);
  // A standard queue promises no order.
  return isFifo ? seen : seen.map((each) => JSON.stringify(each)).sort();
};

const receive: Readonly<Record<string, Run>> = {
  'ten': receiving({}),
  'and leave them visible': receiving({ VisibilityTimeout: 0 }),
  'none': receiving({ MaxNumberOfMessages: 0 }),
  'eleven': receiving({ MaxNumberOfMessages: 11 }),
  'waiting for 21 s': receiving({ WaitTimeSeconds: 21 }),
  'waiting for -1 s': receiving({ WaitTimeSeconds: -1 }),
  'hiding for over 12 hours': receiving({ VisibilityTimeout: 43_201 }),
  'hiding for -1 s': receiving({ VisibilityTimeout: -1 }),
};

type Handle = (subject: Subject) => string | undefined;
const HANDLES: Readonly<Record<string, Handle>> = {
  'of the last receive': ({ received }) => received.at(-1) ?? 'none-yet',
  'of what was deleted': ({ deleted }) => deleted.at(-1) ?? 'none-yet',
  'that is none': () => 'garbage',
  'that is missing': () => undefined,
};

type RunWithHandle = (handle: string | undefined, subject: Subject, url: string) => Promise<unknown>;
const forEachHandle = (run: RunWithHandle): Readonly<Record<string, Run>> =>
  Object.fromEntries(Object.entries(HANDLES).map(([variant, handleOf]): [string, Run] => [
    variant, (subject, url) => run(handleOf(subject), subject, url),
  ]));

const entry = <T extends object>(handle: string | undefined, more: T) => [{ Id: 'a', ReceiptHandle: handle, ...more }];
const outcome = ({ Successful = [], Failed = [] }: { Successful?: { Id?: string }[]; Failed?: { Id?: string; Code?: string }[] }) =>
  ({ successful: Successful.map(({ Id }) => Id), failed: Failed.map(({ Id, Code }) => [Id, Code]) });

const remove = forEachHandle(async (ReceiptHandle, { sqs, deleted }, QueueUrl) => {
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  deleted.push(ReceiptHandle!);
});

const removeBatch = forEachHandle(async (handle, { sqs }, QueueUrl) => (
  outcome(await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entry(handle, {}) })))));

const hideBatch = forEachHandle(async (handle, { sqs }, QueueUrl) => (
  outcome(await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: entry(handle, { VisibilityTimeout: 600 }) })))));

const hiding = (handle: string | undefined, VisibilityTimeout: number | undefined, { sqs }: Subject, QueueUrl: string) =>
  sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout })).then(() => undefined);

const hide: Readonly<Record<string, Run>> = {
  ...forEachHandle((handle, subject, url) => hiding(handle, 600, subject, url)),
  'for no time': (subject, url) => hiding(HANDLES['of the last receive'](subject), 0, subject, url),
  'for over 12 hours': (subject, url) => hiding(HANDLES['of the last receive'](subject), 43_201, subject, url),
  'for -1 s': (subject, url) => hiding(HANDLES['of the last receive'](subject), -1, subject, url),
  'for an unknown time': (subject, url) => hiding(HANDLES['of the last receive'](subject), undefined, subject, url),
};

const count: Readonly<Record<string, Run>> = {
  'messages': async ({ sqs }, QueueUrl) => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const;
    return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))).Attributes;
  },
  'an unknown attribute': async ({ sqs }, QueueUrl) => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['None' as never] }));
    return Attributes;
  },
};

/** Every request, by operation and variant. */
export const OPERATIONS = {
  SendMessage: send,
  SendMessageBatch: sendBatch,
  ReceiveMessage: receive,
  DeleteMessage: remove,
  DeleteMessageBatch: removeBatch,
  ChangeMessageVisibility: hide,
  ChangeMessageVisibilityBatch: hideBatch,
  GetQueueAttributes: count,
} satisfies Record<string, Readonly<Record<string, Run>>>;

export const REQUESTS: readonly Request[] = Object.entries(OPERATIONS).flatMap(([operation, variants]) => Object.keys(variants).flatMap((variant) => (
  (['standard', 'fifo'] as const).map((queue) => ({ operation: operation as Request['operation'], queue, variant })))));

/** Returns the result of a request: an error code, or the answer without values that always differ. */
export async function answerTo({ operation, queue, variant }: Request, subject: Subject): Promise<string> {
  try {
    const answer = await (OPERATIONS[operation] as Readonly<Record<string, Run>>)[variant](subject, subject.urls[queue], queue === 'fifo');
    return JSON.stringify(answer ?? 'done');
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return $metadata?.httpStatusCode === undefined ? `no answer: ${name}` : name;
  }
}

export function titleOf({ operation, queue, variant }: Request): string {
  return `${operation}, ${queue}: ${variant}`;
}
