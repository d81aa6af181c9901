import { RefusedPublicationError } from './errors';
import { encode, type Message } from './message';
import { ALL_CONNECTIONS, MESSAGE_FORMATS, PUBLISH, type MessageFormatName } from '../../src/private/contract';

/** A message as received from the broadcast queue. */
export interface QueuedMessage {
  readonly body: string;
  /** Id from the queue; the same at each receive. */
  readonly messageId: string;
  /** Epoch milliseconds at which the queue took it. */
  readonly sentAt: number;
  /** The value of each message attribute; undefined where it is not a String. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Reads a publisher's message. Errors hold no part of the message. */
export function readPublication({ body, messageId, sentAt: queuedAt, attributes }: QueuedMessage, apiFormat: MessageFormatName): Message {
  for (const name of Object.values(PUBLISH)) {
    if (name in attributes && attributes[name] === undefined) {
      throw new RefusedPublicationError(`the message attribute '${name}' must be of the type String; leave it out, or set its StringValue`);
    }
  }
  if (attributes[PUBLISH.to] !== undefined) {
    throw new RefusedPublicationError(`the message attribute '${PUBLISH.to}' is reserved; leave it out to reach every connection`);
  }
  const id = readId(attributes[PUBLISH.id]) ?? messageId;
  const format = readFormat(attributes[PUBLISH.format]) ?? apiFormat;
  // A message is not sent after the queue took it, even if the publisher's clock says so.
  const sentAt = Math.min(readSentAt(attributes[PUBLISH.sentAt]) ?? queuedAt, queuedAt);
  const excluded = new Set(attributes[PUBLISH.exclude]?.split(',').map((each) => each.trim()).filter((each) => each !== ''));
  const text = readText(body, attributes[PUBLISH.encoding]);
  if (text === '') throw new RefusedPublicationError('the message must have a text, got an empty one; leave it unpublished');
  return { id, sentAt, text, format, target: ALL_CONNECTIONS, excluded };
}

function readId(id: string | undefined): string | undefined {
  if (id !== undefined && !/^[\x21-\x7e]{1,128}$/.test(id)) {
    throw new RefusedPublicationError(
      `the message attribute '${PUBLISH.id}' must have 1 to 128 visible ASCII characters, got ${id.length} characters; use a UUID, or leave it out`,
    );
  }
  return id;
}

function readSentAt(sentAt: string | undefined): number | undefined {
  if (sentAt !== undefined && !/^\d{1,15}$/.test(sentAt)) {
    throw new RefusedPublicationError(
      `the message attribute '${PUBLISH.sentAt}' must be whole epoch milliseconds, got ${sentAt.length} characters that are not; correct it, or leave it out`,
    );
  }
  return sentAt === undefined ? undefined : Number(sentAt);
}

function readFormat(format: string | undefined): MessageFormatName | undefined {
  const known = MESSAGE_FORMATS.find((name) => name === format);
  if (format !== undefined && !known) {
    throw new RefusedPublicationError(`the message attribute '${PUBLISH.format}' must be one of ${MESSAGE_FORMATS.join(', ')}; correct it, or leave it out`);
  }
  return known;
}

function readText(body: string, encoding: string | undefined): string {
  if (encoding === undefined) return body;
  if (encoding !== 'base64') {
    throw new RefusedPublicationError(`the message attribute '${PUBLISH.encoding}' must be base64; leave it out for a body that is the message itself`);
  }
  return Buffer.from(body, 'base64').toString('utf8');
}

/** Characters that SQS refuses: most control characters, and two code points that Unicode reserves. */
const UNQUEUABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Encodes a client's message as a publication: a body, and the attributes that it needs. */
export function writePublication(message: Message): Pick<QueuedMessage, 'body'> & { attributes: Record<string, string> } {
  const { id, sentAt, excluded } = message;
  const body = encode(message);
  const text = body.toString('utf8');
  const encoded = UNQUEUABLE.test(text);
  return {
    body: encoded ? body.toString('base64') : text,
    attributes: {
      [PUBLISH.id]: id,
      [PUBLISH.sentAt]: String(sentAt),
      [PUBLISH.format]: 'RAW' satisfies MessageFormatName,
      ...(excluded.size > 0 && { [PUBLISH.exclude]: [...excluded].join(',') }),
      ...(encoded && { [PUBLISH.encoding]: 'base64' }),
    },
  };
}
