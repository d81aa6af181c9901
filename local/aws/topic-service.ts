import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Service } from './door';
import { escapeXml } from './xml';
import { messageOf } from '../errors';
import { readMessageAttributes, type MessageAttributes } from '../queues/message-attributes';
import { readBody } from '../request-body';
import { SnsError, type Publication, type Published, type Topics } from '../topics/topics';

const MAX_REQUEST_BYTES = 1024 * 1024;
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_BATCH = 10;

/** Fields of a request, or of an entry of a batch. */
type Fields = ReadonlyMap<string, string>;

/** SNS for functions that publish to topics of the app: only `Publish` and `PublishBatch`. */
export function topicService(topics: Topics): Service {
  const operations: Readonly<Record<string, (fields: Fields) => string>> = {
    Publish: (fields) => publishedXml(topics.publish(topicOf(fields), publicationOf(fields))),
    PublishBatch: (fields) => publishBatch(topics, fields),
  };
  const serve = async (request: IncomingMessage, response: ServerResponse, refuse: (body: Buffer) => void) => {
    const body = await readBody(request, MAX_REQUEST_BYTES);
    if (body === 'too large') return answer(response, 413, errorXml('RequestTooLarge', `a request has ${MAX_REQUEST_BYTES} bytes at most`));
    const fields: Fields = new Map(new URLSearchParams(body.toString()));
    const name = fields.get('Action') ?? '';
    // Messages to phone numbers are not emulated.
    if (!Object.hasOwn(operations, name) || fields.has('PhoneNumber')) return refuse(body);
    try {
      answer(response, 200, `<${name}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${name}Result>${operations[name](fields)}</${name}Result>${METADATA()}</${name}Response>`);
    } catch (error) {
      const { status, code, message } = snsErrorOf(error);
      answer(response, status, errorXml(code, message));
    }
  };
  return {
    serve(_host, request, response, refuse) {
      void serve(request, response, refuse).catch(() => response.destroy());
      return true;
    },
  };
}

const METADATA = () => `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;

function publishBatch(topics: Topics, fields: Fields): string {
  const topic = topicOf(fields);
  const entries = listed(fields, 'PublishBatchRequestEntries.member');
  if (entries.length === 0) throw new SnsError(400, 'EmptyBatchRequest', 'The batch request doesn\'t contain any entries.');
  if (entries.length > MAX_BATCH) throw new SnsError(400, 'TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.');
  const ids = entries.map((entry) => entry.get('Id') ?? '');
  if (new Set(ids).size < ids.length) throw new SnsError(400, 'BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  const results = entries.map((entry, index) => {
    const id = `<Id>${escapeXml(ids[index])}</Id>`;
    try {
      return { isDone: true, xml: `<member>${id}${publishedXml(topics.publish(topic, publicationOf(entry)))}</member>` };
    } catch (error) {
      const { code, message, status } = snsErrorOf(error);
      if (status === 404) throw error;
      return { isDone: false, xml: `<member>${id}<Code>${code}</Code><Message>${escapeXml(message)}</Message><SenderFault>true</SenderFault></member>` };
    }
  });
  const xml = (isDone: boolean) => results.filter((result) => result.isDone === isDone).map((result) => result.xml).join('');
  return `<Successful>${xml(true)}</Successful><Failed>${xml(false)}</Failed>`;
}

function topicOf(fields: Fields): string {
  const arn = fields.get('TopicArn') ?? fields.get('TargetArn');
  if (arn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
  return arn;
}

function publicationOf(fields: Fields): Publication {
  const message = fields.get('Message') ?? '';
  if (message === '') throw invalid('Empty message');
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) throw invalid('Message too long');
  const messages = fields.get('MessageStructure') === 'json' ? readMessages(message) : undefined;
  return {
    message: messages?.default ?? message,
    messages,
    subject: fields.get('Subject'),
    attributes: attributesOf(fields),
    groupId: fields.get('MessageGroupId'),
    deduplicationId: fields.get('MessageDeduplicationId'),
  };
}

/** Reads the message of each protocol; other protocols get the default. */
function readMessages(json: string): Readonly<Record<string, string>> {
  let messages: unknown;
  try {
    messages = JSON.parse(json);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  const entries = Object.entries(Object(messages) as Record<string, unknown>).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (!entries.some(([name]) => name === 'default')) throw invalid('Message Structure - No default entry in JSON message body');
  return Object.fromEntries(entries);
}

function attributesOf(fields: Fields): MessageAttributes {
  return readMessageAttributes(Object.fromEntries(listed(fields, 'MessageAttributes.entry').map((entry) => [entry.get('Name') ?? '', {
    DataType: entry.get('Value.DataType'),
    StringValue: entry.get('Value.StringValue'),
    BinaryValue: entry.get('Value.BinaryValue'),
  }])));
}

/** Returns the items of a list, which the field names number: `prefix.1.Name`. */
function listed(fields: Fields, prefix: string): Fields[] {
  const items = new Map<number, Map<string, string>>();
  for (const [name, value] of fields) {
    const [, number, rest] = name.startsWith(`${prefix}.`) ? /^(\d+)\.(.+)$/.exec(name.slice(prefix.length + 1)) ?? [] : [];
    if (rest === undefined) continue;
    const item = items.get(Number(number)) ?? new Map<string, string>();
    items.set(Number(number), item.set(rest, value));
  }
  return [...items].sort(([one], [other]) => one - other).map(([, item]) => item);
}

function publishedXml({ messageId, sequenceNumber }: Published): string {
  return `<MessageId>${messageId}</MessageId>${sequenceNumber === undefined ? '' : `<SequenceNumber>${sequenceNumber}</SequenceNumber>`}`;
}

function errorXml(code: string, message: string): string {
  return `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
}

function snsErrorOf(error: unknown): SnsError {
  return error instanceof SnsError ? error : invalid(messageOf(error));
}

function invalid(what: string): SnsError {
  return new SnsError(400, 'InvalidParameter', `Invalid parameter: ${what}`);
}

function answer(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'Content-Type': 'text/xml' }).end(xml);
}
