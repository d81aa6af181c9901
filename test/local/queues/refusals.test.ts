import {
  ChangeMessageVisibilityBatchCommand, ChangeMessageVisibilityCommand, DeleteMessageBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand,
  GetQueueUrlCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand,
  type MessageAttributeValue, type SendMessageBatchRequestEntry, type SendMessageRequest, type SQSClient,
} from '@aws-sdk/client-sqs';
import { queueModel } from '../../../harness/queue-model';
import { queuesClient } from '../../../harness/queues';
import { Queues } from '../../../local/queues/queues';

/*
 * Requests that SQS refuses, one row per rule, with code and message. Sources: the API reference and the developer guide of SQS, and answers of
 * AWS that public test suites have recorded. (u): neither shows the message, only the code.
 */
const ADDRESS = 'https://sqs.eu-west-1.amazonaws.com/111122223333';
const STANDARD = `${ADDRESS}/the-queue`;
const FIFO = `${ADDRESS}/fifo.fifo`;
const MB = 1024 * 1024;

let queues: Queues;
let sqs: SQSClient;

beforeEach(async () => {
  queues = await Queues.start([
    queueModel(), queueModel({ name: 'other' }), queueModel({ name: 'small', maxMessageBytes: 1024 }), queueModel({ name: 'fifo.fifo', isFifo: true }),
  ], () => undefined);
  sqs = queuesClient(queues.endpoint, 1);
});

afterEach(async () => {
  sqs.destroy();
  await queues.stop();
});

const send = (more: Partial<SendMessageRequest>) => sqs.send(new SendMessageCommand({ QueueUrl: STANDARD, MessageBody: 'x', ...more }));
const sendFifo = (more: Partial<SendMessageRequest>) => send({ QueueUrl: FIFO, MessageGroupId: 'g', MessageDeduplicationId: 'd', ...more });
const sendBatch = (Entries: SendMessageBatchRequestEntry[], QueueUrl = STANDARD) => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
const withAttributes = (MessageAttributes: Record<string, MessageAttributeValue>) => () => send({ MessageAttributes });
const withAttribute = (attribute: MessageAttributeValue) => withAttributes({ a: attribute });
const text = (StringValue = 'x'): MessageAttributeValue => ({ DataType: 'String', StringValue });
const number = (StringValue: string): MessageAttributeValue => ({ DataType: 'Number', StringValue });
const entries = (count: number, body = 'x') => Array.from({ length: count }, (_value, index) => ({ Id: `e${index}`, MessageBody: body }));
const receive = (more: object) => sqs.send(new ReceiveMessageCommand({ QueueUrl: STANDARD, ...more }));
const hide = (ReceiptHandle: string | undefined, VisibilityTimeout: number | undefined, QueueUrl = STANDARD) =>
  sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
const remove = (ReceiptHandle: string | undefined, QueueUrl = STANDARD) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

async function receiptHandle(): Promise<string> {
  await send({});
  const { Messages = [] } = await receive({});
  return Messages[0].ReceiptHandle!;
}

type Row = readonly [rule: string, call: () => Promise<unknown>, code: string, message: string];
const bad = (value: string | number, parameter: string, reason: string) => `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`;
const missing = (parameter: string) => `The request must contain the parameter ${parameter}.`;
const NOT_THIS_TYPE = 'The request include parameter that is not valid for this queue type.';
const ID_RULE = 'can only include alphanumeric and punctuation characters. 1 to 128 in length.';
const NAME_RULE = 'Message (user) attributes name can only contain';
const RESERVED = 'You can\'t use message attribute names beginning with';
const UNKNOWN_TYPE = 'the set of supported type prefixes is Binary, Number, and String.';
const NOT_A_NUMBER = 'Can\'t cast the value of message (user) attribute \'a\' to a number.';
const DELAY_RANGE = 'DelaySeconds must be >= 0 and <= 900.';
const VISIBILITY_RANGE = 'Must be >= 0 and <= 43200, if provided.';
const BATCH_IDS = 'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
const EMPTY = 'AWS.SimpleQueueService.EmptyBatchRequest';
const TOO_MANY = 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest';
const NOT_DISTINCT = 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct';
const BAD_ID = 'AWS.SimpleQueueService.InvalidBatchEntryId';

const BODIES: Row[] = [
  ['no body', () => send({ MessageBody: undefined }), 'MissingParameter', missing('MessageBody')],
  ['an empty body', () => send({ MessageBody: '' }), 'MissingParameter', missing('MessageBody')],
  ...['\u0000', '\u0008', '\u000b', '\u000c', '\u001f', '\ufffe', '\uffff', '\ud800'].map((character): Row => [
    `the character ${character.charCodeAt(0).toString(16)} in a body`, () => send({ MessageBody: `a${character}` }), 'InvalidMessageContents', '#x9 | #xA | #xD | #x20 to #xD7FF',
  ]),
  ['a body over 1 MiB', () => send({ MessageBody: 'x'.repeat(MB + 1) }), 'InvalidParameterValue', 'Reason: Message must be shorter than 1048576 bytes.'],
  ['a body and attributes over 1 MiB', () => send({ MessageBody: 'x'.repeat(MB - 7), MessageAttributes: { a: text() } }),
    'InvalidParameterValue', 'Reason: Message must be shorter than 1048576 bytes.'],
  ['a body over what the queue takes', () => send({ QueueUrl: `${ADDRESS}/small`, MessageBody: 'x'.repeat(1025) }),
    'InvalidParameterValue', 'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.'],
  ['a body of another type', () => send({ MessageBody: 5 as unknown as string }), 'SerializationException', 'String'],
];

const DELAYS_AND_IDS: Row[] = [
  ...[-1, 901].map((delay): Row => [`a delay of ${delay} s`, () => send({ DelaySeconds: delay }), 'InvalidParameterValue', bad(delay, 'DelaySeconds', DELAY_RANGE)]),
  ['half a second of delay', () => send({ DelaySeconds: 0.5 }), 'SerializationException', 'Integer'],
  ['a delay by message on FIFO', () => sendFifo({ DelaySeconds: 1 }), 'InvalidParameterValue', bad(1, 'DelaySeconds', NOT_THIS_TYPE)],
  ['a deduplication id on a standard queue', () => send({ MessageDeduplicationId: 'd' }), 'InvalidParameterValue', bad('d', 'MessageDeduplicationId', NOT_THIS_TYPE)],
  ['no group on FIFO', () => sendFifo({ MessageGroupId: undefined }), 'MissingParameter', missing('MessageGroupId')],
  ['no deduplication id on FIFO, not by content', () => sendFifo({ MessageDeduplicationId: undefined }),
    'InvalidParameterValue', 'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly'],
  ...['', 'g'.repeat(129), 'group 1', 'gröup', 'g\n', 'g\u007f'].flatMap((id): Row[] => [
    [`the group ${JSON.stringify(id.slice(0, 9))} (${id.length})`, () => send({ MessageGroupId: id }), 'InvalidParameterValue', bad(id, 'MessageGroupId', `MessageGroupId ${ID_RULE}`)],
    [`the group ${JSON.stringify(id.slice(0, 9))} (${id.length}) on FIFO`, () => sendFifo({ MessageGroupId: id }),
      'InvalidParameterValue', bad(id, 'MessageGroupId', `MessageGroupId ${ID_RULE}`)],
    [`the deduplication id ${JSON.stringify(id.slice(0, 9))} (${id.length})`, () => sendFifo({ MessageDeduplicationId: id }),
      'InvalidParameterValue', bad(id, 'MessageDeduplicationId', `MessageDeduplicationId ${ID_RULE}`)],
  ]),
];

const ATTRIBUTES: Row[] = [
  ['11 attributes', withAttributes(Object.fromEntries(Array.from({ length: 11 }, (_value, index) => [`a${index}`, text()]))),
    'InvalidParameterValue', 'Number of message attributes [11] exceeds the allowed maximum [10].'],
  ['a name of 257 characters', withAttributes({ ['n'.repeat(257)]: text() }), 'InvalidParameterValue', 'names must be shorter than 256 Bytes'],
  ...['a b', 'a!', 'a§', 'a/b', 'a\u0001'].map((name): Row => [`the name ${JSON.stringify(name)}`, withAttributes({ [name]: text() }), 'InvalidParameterValue', NAME_RULE]),
  ...['AWS.x', 'aws.x', 'Amazon.x', '.a', 'a.', 'a..b'].map((name): Row => [`the name ${name}`, withAttributes({ [name]: text() }), 'InvalidParameterValue', RESERVED]),
  ['no type', withAttribute({ DataType: '', StringValue: 'x' }), 'InvalidParameterValue', 'must contain a non-empty message attribute type'],
  ...['Text', 'string', 'Stringy', 'Number int', 'Boolean.x', 'String.'].map((type): Row => [
    `the type ${type}`, withAttribute({ DataType: type, StringValue: '1' }), 'InvalidParameterValue', UNKNOWN_TYPE,
  ]),
  ['a type of 257 characters', withAttribute({ DataType: `Number.${'l'.repeat(250)}`, StringValue: '1' }), 'InvalidParameterValue', 'types must be shorter than 256 Bytes'],
  ['no value', withAttribute({ DataType: 'String' }), 'InvalidParameterValue', 'Message (user) attribute \'a\' must contain a non-empty value of type \'String\'.'],
  ['an empty value', withAttribute(text('')), 'InvalidParameterValue', 'Message (user) attribute \'a\' must contain a non-empty value of type \'String\'.'],
  ['empty bytes', withAttribute({ DataType: 'Binary', BinaryValue: new Uint8Array() }), 'InvalidParameterValue', 'must contain a non-empty value of type \'Binary\''],
  ['text for bytes', withAttribute({ DataType: 'Binary', StringValue: 'x' }), 'InvalidParameterValue', 'The message attribute \'a\' with type \'Binary\' must use field \'Binary\'.'],
  ['bytes for text', withAttribute({ DataType: 'String', BinaryValue: new Uint8Array([1]) }),
    'InvalidParameterValue', 'The message attribute \'a\' with type \'String\' must use field \'String\'.'],
  ['a list of values', withAttribute({ ...text(), StringListValues: ['x'] }),
    'AWS.SimpleQueueService.UnsupportedOperation', 'Message attribute list values in SendMessage operation are not supported.'],
  ...['\u0000', '\u0008', '\u000b', '\uffff', '\udc00'].map((character): Row => [
    `the character ${character.charCodeAt(0).toString(16)} in a value (u)`, withAttribute(text(`a${character}`)), 'InvalidParameterValue', '#x9 | #xA | #xD | #x20 to #xD7FF',
  ]),
  ...['one', '1,5', '0x10', '1e', ' 1', '--1', 'NaN', 'Infinity', '1'.repeat(39), '1e127', '1e-129', '1.2.3', '.'].map((value): Row => [
    `the number ${value}`, withAttribute(number(value)), 'InvalidParameterValue', NOT_A_NUMBER,
  ]),
  ['a number with a label that is none', withAttribute({ DataType: 'Number.int', StringValue: 'five' }), 'InvalidParameterValue', NOT_A_NUMBER],
  ['a system attribute that there is not (u)', () => send({ MessageSystemAttributes: { Other: text() } as never }), 'InvalidParameterValue', 'AWSTraceHeader'],
  ['a trace header that is a number (u)', () => send({ MessageSystemAttributes: { AWSTraceHeader: number('1') } as never }), 'InvalidParameterValue', 'AWSTraceHeader'],
];

const BATCHES: Row[] = [
  ['a batch of none', () => sendBatch([]), EMPTY, 'There should be at least one SendMessageBatchRequestEntry in the request.'],
  ['a batch of none to delete', () => sqs.send(new DeleteMessageBatchCommand({ QueueUrl: STANDARD, Entries: [] })), EMPTY, 'DeleteMessageBatchRequestEntry'],
  ['a batch of none to hide', () => sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: STANDARD, Entries: [] })), EMPTY, 'ChangeMessageVisibilityBatchRequestEntry'],
  ['a batch of 11', () => sendBatch(entries(11)), TOO_MANY, 'Maximum number of entries per request are 10. You have sent 11.'],
  ['a batch of 11 to delete', () => sqs.send(new DeleteMessageBatchCommand({ QueueUrl: STANDARD, Entries: entries(11).map(({ Id }) => ({ Id, ReceiptHandle: 'x' })) })),
    TOO_MANY, 'Maximum number of entries per request are 10. You have sent 11.'],
  ['a batch of 11 to hide', () => sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: STANDARD, Entries: entries(11).map(({ Id }) => ({ Id, ReceiptHandle: 'x' })) })),
    TOO_MANY, 'Maximum number of entries per request are 10. You have sent 11.'],
  ['one id twice', () => sendBatch([...entries(2), ...entries(1)]), NOT_DISTINCT, 'Id e0 repeated.'],
  ...['', 'a b', 'a.b', 'ä', 'i'.repeat(81)].map((Id): Row => [`the entry id ${JSON.stringify(Id.slice(0, 9))} (${Id.length})`, () => sendBatch([{ Id, MessageBody: 'x' }]), BAD_ID, BATCH_IDS]),
  ['an entry without an id', () => sendBatch([{ Id: undefined, MessageBody: 'x' }]), 'MissingParameter', 'Id'],
  ['a batch over 1 MiB', () => sendBatch(entries(2, 'x'.repeat(MB / 2 + 1))),
    'AWS.SimpleQueueService.BatchRequestTooLong', 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.'],
  ['a batch with its attributes over 1 MiB', () => sendBatch([{ Id: 'a', MessageBody: 'x'.repeat(MB - 7), MessageAttributes: { a: text() } }]),
    'AWS.SimpleQueueService.BatchRequestTooLong', 'You have sent 1048577 bytes.'],
  ['a batch to FIFO with an entry of no group', () => sendBatch(entries(1), FIFO), 'InvalidParameterValue', missing('MessageGroupId')],
  ['a batch to FIFO with an entry of no deduplication id', () => sendBatch([{ ...entries(1)[0], MessageGroupId: 'g' }], FIFO),
    'InvalidParameterValue', 'The queue should either have ContentBasedDeduplication enabled'],
];

const RECEIVING: Row[] = [
  ...[0, 11, -1].map((max): Row => [`receiving ${max}`, () => receive({ MaxNumberOfMessages: max }),
    'InvalidParameterValue', bad(max, 'MaxNumberOfMessages', 'Must be between 1 and 10, if provided.')]),
  ...[-1, 21].map((wait): Row => [`waiting for ${wait} s`, () => receive({ WaitTimeSeconds: wait }),
    'InvalidParameterValue', bad(wait, 'WaitTimeSeconds', 'Must be >= 0 and <= 20, if provided.')]),
  ...[-1, 43_201].map((visibility): Row => [`hiding for ${visibility} s (u)`, () => receive({ VisibilityTimeout: visibility }),
    'InvalidParameterValue', bad(visibility, 'VisibilityTimeout', VISIBILITY_RANGE)]),
  ['a system attribute that there is not', () => receive({ MessageSystemAttributeNames: ['Sent'] }), 'InvalidAttributeName', 'Unknown Attribute Sent.'],
  ['an attempt id on a standard queue (u)', () => receive({ ReceiveRequestAttemptId: 'r' }), 'InvalidParameterValue', 'ReceiveRequestAttemptId'],
  ['a type that is no number', () => receive({ MaxNumberOfMessages: '5' as unknown as number }), 'SerializationException', 'Integer'],
];

const HANDLES: Row[] = [
  ['deleting without a handle', () => remove(undefined), 'MissingParameter', missing('ReceiptHandle')],
  ['deleting by what is no handle', () => remove('garbage'), 'ReceiptHandleIsInvalid', 'The input receipt handle "garbage" is not a valid receipt handle.'],
  ['deleting by a handle that was changed', async () => remove((await receiptHandle()).replace(/^./, 'B')), 'ReceiptHandleIsInvalid', 'is not a valid receipt handle.'],
  ['deleting by a handle with something after it', async () => remove(`${await receiptHandle()}A`), 'ReceiptHandleIsInvalid', 'is not a valid receipt handle.'],
  ['deleting by a handle of another queue', async () => remove(await receiptHandle(), `${ADDRESS}/other`), 'ReceiptHandleIsInvalid', 'is not valid for this queue.'],
  ['hiding without a handle', () => hide(undefined, 1), 'MissingParameter', missing('ReceiptHandle')],
  ['hiding by what is no handle', () => hide('garbage', 1), 'ReceiptHandleIsInvalid', 'The input receipt handle "garbage" is not a valid receipt handle.'],
  ['hiding without a time', async () => hide(await receiptHandle(), undefined), 'MissingParameter', missing('VisibilityTimeout')],
  ...[-1, 43_201].map((visibility): Row => [`hiding on for ${visibility} s (u)`, async () => hide(await receiptHandle(), visibility),
    'InvalidParameterValue', bad(visibility, 'VisibilityTimeout', VISIBILITY_RANGE)]),
  ['hiding what was deleted', async () => {
    const handle = await receiptHandle();
    await remove(handle);
    await hide(handle, 1);
  }, 'InvalidParameterValue', 'Reason: Message does not exist or is not available for visibility timeout change.'],
  ['hiding what is visible again', async () => {
    const handle = await receiptHandle();
    await hide(handle, 0);
    await hide(handle, 1);
  }, 'InvalidParameterValue', 'Reason: Message does not exist or is not available for visibility timeout change.'],
];

const QUEUES: Row[] = [
  ['no address', () => sqs.send(new SendMessageCommand({ QueueUrl: undefined, MessageBody: 'x' })), 'MissingParameter', missing('QueueUrl')],
  ['an address that is none', () => send({ QueueUrl: 'the-queue' }), 'InvalidAddress', 'The address the-queue is not valid for this endpoint.'],
  ['a queue that is not there', () => send({ QueueUrl: `${STANDARD}x` }), 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'],
  ['a queue of another account', () => send({ QueueUrl: STANDARD.replace('1111', '4444') }), 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'],
  ['a name that is not there', () => sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })), 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'],
  ['no name', () => sqs.send(new GetQueueUrlCommand({ QueueName: undefined })), 'MissingParameter', missing('QueueName')],
  ['an attribute of queues that there is not', () => sqs.send(new GetQueueAttributesCommand({ QueueUrl: STANDARD, AttributeNames: ['constructor' as never] })),
    'InvalidAttributeName', 'Unknown Attribute constructor.'],
  ['purging twice within a minute', async () => {
    for (let time = 0; time < 2; time++) await sqs.send(new PurgeQueueCommand({ QueueUrl: STANDARD }));
  }, 'AWS.SimpleQueueService.PurgeQueueInProgress', 'Only one PurgeQueue operation on the-queue is allowed every 60 seconds.'],
];

describe.each<[string, Row[]]>([
  ['a body', BODIES], ['a delay or an id', DELAYS_AND_IDS], ['attributes', ATTRIBUTES], ['a batch', BATCHES], ['receiving', RECEIVING], ['receipt handles', HANDLES], ['queues', QUEUES],
])('is refused as SQS does, for %s:', (_what, rows) => {
  test.each(rows.map((row) => [...row] as [string, () => Promise<unknown>, string, string]))('%s', async (_rule, call, Code, message) => {
    await expect(call()).rejects.toMatchObject({ Error: { Code, Type: 'Sender' }, message: expect.stringContaining(message) });
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: FIFO, AttributeNames: ['ApproximateNumberOfMessages'] }));
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '0' });
  });
});

describe('is accepted, just within the rules:', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['all characters at the edges', () => send({ MessageBody: '\t\n\r \ud7ff\ue000\ufffd\u{10000}\u{10ffff}' })],
    ['a body of 1 MiB', () => send({ MessageBody: 'x'.repeat(MB) })],
    ['a batch of 1 MiB', () => sendBatch(entries(2, 'x'.repeat(MB / 2)))],
    ['a delay of 15 minutes', () => send({ DelaySeconds: 900 })],
    ['no delay by message on FIFO', () => sendFifo({ DelaySeconds: 0 })],
    ['a group of 128 characters, all of the punctuation in it', () => send({ MessageGroupId: `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~${'g'.repeat(96)}` })],
    ['ten attributes', withAttributes(Object.fromEntries(Array.from({ length: 10 }, (_value, index) => [`a${index}`, text()])))],
    ['a name of 256 characters', withAttributes({ ['n'.repeat(256)]: text() })],
    ['names with periods, hyphens, Latin letters', withAttributes({ 'a.b-c_1øßä': text() })],
    ['names of a plain object\'s own', withAttributes({ constructor: text(), toString: text() })],
    ['custom types', withAttributes({ a: { DataType: 'Number.java.lang.Long', StringValue: '1' }, b: { DataType: 'Binary.png', BinaryValue: new Uint8Array([0]) } })],
    ...['0', '-1.5', '+1', '1e126', '1E-128', '1'.repeat(38), `0.${'0'.repeat(127)}1`, `1${'0'.repeat(126)}`, '.5', '5.'].map((value): [string, () => Promise<unknown>] => [
      `the number ${value.slice(0, 12)}`, withAttribute(number(value)),
    ]),
    ['an entry id of 80 characters', () => sendBatch([{ Id: 'i'.repeat(80), MessageBody: 'x' }])],
    ['deleting what was deleted', async () => {
      const handle = await receiptHandle();
      await remove(handle);
      await remove(handle);
    }],
    ['hiding for twelve hours', async () => hide(await receiptHandle(), 43_199)],
    ['receiving with all limits at their ends', () => receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 })],
  ])('%s', async (_what, call) => {
    await expect(call()).resolves.not.toThrow();
  });
});

describe('an invalid entry of a batch fails alone', () => {
  const good = { Id: 'good', MessageBody: 'x' };
  test.each<[string, Partial<SendMessageBatchRequestEntry>, string]>([
    ['no body', { MessageBody: '' }, 'MissingParameter'],
    ['a control character', { MessageBody: '\u0001' }, 'InvalidMessageContents'],
    ['a delay of 901 s', { DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['a group with a space', { MessageGroupId: 'a b' }, 'InvalidParameterValue'],
    ['a deduplication id', { MessageDeduplicationId: 'd' }, 'InvalidParameterValue'],
    ['a number that is none', { MessageAttributes: { a: number('x') } }, 'InvalidParameterValue'],
  ])('to send: %s', async (_what, wrong, Code) => {
    const { Successful, Failed } = await sendBatch([{ Id: 'bad', MessageBody: 'x', ...wrong }, good]);
    expect(Failed).toEqual([{ Id: 'bad', Code, SenderFault: true, Message: expect.any(String) }]);
    expect(Successful).toEqual([expect.objectContaining({ Id: 'good' })]);
  });

  test('to send: larger than the queue allows', async () => {
    const { Successful, Failed } = await sendBatch([{ Id: 'bad', MessageBody: 'x'.repeat(1025) }, good], `${ADDRESS}/small`);
    const Message = 'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.';
    expect(Failed).toEqual([{ Id: 'bad', Code: 'InvalidParameterValue', SenderFault: true, Message }]);
    expect(Successful).toHaveLength(1);
  });

  test('to delete: an invalid handle', async () => {
    const Entries = [{ Id: 'bad', ReceiptHandle: 'garbage' }, { Id: 'none', ReceiptHandle: undefined }, { Id: 'good', ReceiptHandle: await receiptHandle() }];
    const { Successful, Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: STANDARD, Entries }));
    expect(Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid', SenderFault: true }, { Id: 'none', Code: 'MissingParameter' }]);
    expect(Successful).toEqual([{ Id: 'good' }]);
  });

  test('to hide: an invalid handle, and a time over twelve hours', async () => {
    const ReceiptHandle = await receiptHandle();
    const Entries = [
      { Id: 'bad', ReceiptHandle: 'garbage', VisibilityTimeout: 1 }, { Id: 'long', ReceiptHandle, VisibilityTimeout: 43_201 }, { Id: 'good', ReceiptHandle, VisibilityTimeout: 1 },
    ];
    const { Successful, Failed } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: STANDARD, Entries }));
    expect(Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid' }, { Id: 'long', Code: 'InvalidParameterValue' }]);
    expect(Successful).toEqual([{ Id: 'good' }]);
  });
});

describe('a request that no SDK would send is refused', () => {
  const post = (target: string, body: string) => fetch(queues.endpoint, { method: 'POST', headers: { 'x-amz-target': `AmazonSQS.${target}` }, body });
  test.each<[string, string, string, string]>([
    ['no JSON', 'SendMessage', '{', 'SerializationException'],
    ['JSON of a list', 'SendMessage', '[]', 'SerializationException'],
    ['attributes that are a text', 'SendMessage', JSON.stringify({ QueueUrl: STANDARD, MessageBody: 'x', MessageAttributes: 'a' }), 'SerializationException'],
    ['entries that are a text', 'SendMessageBatch', JSON.stringify({ QueueUrl: STANDARD, Entries: 'a' }), 'SerializationException'],
    ['entries that are null', 'SendMessageBatch', JSON.stringify({ QueueUrl: STANDARD, Entries: [null] }), 'MissingRequiredParameterException'],
    ['bytes that are not base64', 'SendMessage', JSON.stringify({ QueueUrl: STANDARD, MessageBody: 'x', MessageAttributes: { a: { DataType: 'Binary', BinaryValue: '?' } } }),
      'SerializationException'],
    ['an operation that changes queues', 'CreateQueue', '{"QueueName":"another"}', 'UnsupportedOperation'],
    ['an operation of a plain object\'s own', 'constructor', '{}', 'UnsupportedOperation'],
  ])('%s', async (_what, target, body, type) => {
    const response = await post(target, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: `com.amazonaws.sqs#${type}` });
  });
});
