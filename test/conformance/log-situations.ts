import { each, FORBIDDEN, GONE, HANG, ids, OK, rowsOf, THROTTLED } from '../../harness/conformance/cases/build';
import type { Script } from '../../harness/endpoint/protocol';
import { connectEvent, disconnectEvent, messageEvent } from '../../harness/events';
import { queueModel } from '../../harness/queue-model';
import type { HandlerName } from '../../harness/shipped-bundle';
import type { Operation, TableBehaviour } from '../../harness/table/fault-proxy';
import type { Row } from '../../harness/table/table';
import { ENV, PUBLISH, QUOTA } from '../../src/private/contract';

/* Situations that produce every log line of the shipped functions, with secrets planted in every value that a client or a publisher can set. */

export const API_ID = 'abc123';
/** None of these, and no part of one, may be in the log. */
export const SECRETS = {
  payload: 'planted-payload',
  cookie: 'planted-cookie',
  header: 'planted-header',
  token: 'planted-token',
  query: 'planted-query',
  origin: 'planted-origin',
  attribute: 'planted-attribute',
  principal: 'planted-principal',
};
/** A client's text that forges a line of the log. */
const FORGED = '\n{"level":"ERROR","message":"forged"}\r\n2026-11-24T00:00:00.000Z forged\n';
const TEXT = `${SECRETS.payload}${FORGED}`;
const ID = 'R0oXAd-_fAMCABC=';

export interface Situation {
  readonly name: string;
  readonly handler: HandlerName;
  readonly event: unknown;
  readonly rows?: readonly Row[];
  readonly table?: TableBehaviour;
  readonly scripts?: Readonly<Record<string, Script>>;
  readonly others?: Script;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMillis?: number;
  readonly endpointIsDown?: boolean;
  readonly sqsIsDown?: boolean;
}

const denied = (operation: Operation, from = 1): TableBehaviour => ({ faults: [{ operation, kind: 'deny', from }] });

const message = (text = TEXT) => messageEvent({ connectionId: ID, messageId: 'message-1', text });
/** Events are made when the tests are loaded, and may be handled minutes later on a busy machine. */
const HOUR_MILLIS = 3_600_000;
const ten = ids(10);
const forty = ids(40);

/** A client's message, and the answers of the table and of API Gateway. */
const direct = (name: string, rest: Partial<Situation> = {}): Situation => ({ name, handler: 'message-handler', event: message(), rows: rowsOf(ten), ...rest });

export const DIRECT: readonly Situation[] = [
  direct('all is well, but for one who is gone', { scripts: each([ten[0]], GONE) }),
  direct('the row of one who is gone cannot be deleted', { scripts: each([ten[0]], GONE), table: denied('DeleteItem') }),
  direct('one reads too slowly', { scripts: each([ten[1]], THROTTLED) }),
  direct('nobody answers', { others: [HANG], timeoutMillis: 5_000 }),
  direct('API Gateway is out of reach', { endpointIsDown: true }),
  direct('all deliveries are forbidden', { rows: rowsOf(forty), others: [FORBIDDEN] }),
  direct('some deliveries are forbidden later', { rows: rowsOf(forty), scripts: each(forty.slice(0, 3), OK), others: [FORBIDDEN] }),
  direct('the table cannot be read', { table: denied('Scan') }),
  direct('the table can be read in part', { table: { ...denied('Scan', 2), pageRows: 5 } }),
  direct('the shared rate is out of reach', { rows: rowsOf(forty), table: denied('UpdateItem') }),
  direct('the shared rate is spoken for', { rows: [...rowsOf(forty), { id: '#pace', backlogSeconds: 60 }] }),
  direct('ids are no ids', { rows: rowsOf([`x${FORGED}`, ...ten]), scripts: each([`x${FORGED}`], { status: 400, errorType: 'BadRequestException' }) }),
  direct('the sender is not stored', { env: { [ENV.messageRate]: '1', [ENV.messageBurst]: '1' } }),
  direct('the rate of the sender is out of reach', { env: { [ENV.messageRate]: '1', [ENV.messageBurst]: '1' }, table: denied('UpdateItem') }),
  direct('the message is empty', { event: message('') }),
  direct('the sender may not publish', { env: { [ENV.publishClaim]: 'scope' } }),
  direct('the message is too large', { event: message(`${TEXT}${'x'.repeat(QUOTA.messageBytes)}`) }),
];

const CONNECTIONS: readonly Situation[] = [
  ...([
    ['a client connects', {}],
    ['its row cannot be stored', { table: denied('PutItem') }],
    ['its origin is not allowed', { env: { [ENV.allowedOrigins]: 'https://chat.example.com' } }],
  ] as [string, Partial<Situation>][]).map(([name, rest]): Situation => ({ name, handler: 'connection-handler', event: connecting(), ...rest })),
  { name: 'its row cannot be deleted', handler: 'connection-handler', event: disconnectEvent({ connectionId: ID, connectedAt: 1 }), table: denied('DeleteItem') },
];

export const CHUNK_QUEUE = queueModel({ name: 'chunks' });
export const BROADCAST_QUEUE = queueModel({ name: 'broadcasts' });

const record = (body: string, { arn }: { arn: string }, attributes: Record<string, string> = {}, sentAt = Date.now()) => ({
  Records: [{
    messageId: '11111111-2222-3333-4444-555555555555',
    eventSourceARN: arn,
    body,
    attributes: { SentTimestamp: String(sentAt) },
    messageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }])),
  }],
});
const publication = (attributes: Record<string, string> = {}, body = TEXT, sentAt = Date.now()) => record(body, BROADCAST_QUEUE, attributes, sentAt);
const workItem = (members: object = {}) => record(JSON.stringify({
  v: 1,
  id: 'broadcast-1',
  expiresAt: Date.now() + HOUR_MILLIS,
  body: Buffer.from(TEXT).toString('base64'),
  ids: ten,
  times: ten.map(() => 1),
  attempt: 0,
  hop: 0,
  ...members,
}), CHUNK_QUEUE);

const queued = (name: string, event: unknown, rest: Partial<Situation> = {}): Situation =>
  ({ name, handler: 'delivery-handler', event, rows: rowsOf(ten), ...rest });

const QUEUED: readonly Situation[] = [
  queued('a publisher\'s message is delivered', publication()),
  queued('it is too old', publication({}, TEXT, 1)),
  queued('it is too large', publication({}, `${TEXT}${'x'.repeat(QUOTA.messageBytes)}`)),
  queued('it is for somebody', publication({ [PUBLISH.to]: SECRETS.attribute })),
  queued('its id forges a line', publication({ [PUBLISH.id]: `${SECRETS.attribute}${FORGED}` })),
  queued('its format is none', publication({ [PUBLISH.format]: SECRETS.attribute })),
  queued('its text is empty', publication({ [PUBLISH.encoding]: 'base64' }, '=')),
  queued('its encoding is none', publication({ [PUBLISH.encoding]: SECRETS.attribute })),
  queued('the table cannot be read for it', publication(), { table: denied('Scan') }),
  queued('a part is delivered', workItem()),
  queued('a part is no JSON', record(TEXT, CHUNK_QUEUE)),
  queued('a part is malformed', workItem({ ids: [{ [SECRETS.payload]: TEXT }] })),
  queued('a part is of another version', workItem({ v: TEXT })),
  queued('what is left of a part goes back', workItem(), { scripts: each([ten[1]], THROTTLED) }),
  queued('what is left of a part cannot go back', workItem(), { scripts: each([ten[1]], THROTTLED), sqsIsDown: true }),
  ...([
    ['a client\'s message goes on the queue', {}],
    ['the queue is out of reach', { sqsIsDown: true }],
    ['a client\'s message is too large for all', { event: message(`${TEXT}${'x'.repeat(QUOTA.messageBytes)}`) }],
  ] as [string, Partial<Situation>][]).map(([name, rest]): Situation => ({ name, handler: 'queued-message-handler', event: message(), ...rest })),
];

const AUTHORIZER: readonly Situation[] = [
  ['no token', undefined],
  ['something that is no token', SECRETS.token],
  ['a token of nobody', [{ alg: 'RS256', kid: SECRETS.token }, { iss: SECRETS.token, sub: SECRETS.principal }, {}].map(encoded).join('.')],
].map(([name, token]): Situation => ({
  name: `a client connects with ${name}`,
  handler: 'jwt-authorizer',
  event: { ...connecting() as object, methodArn: 'arn:aws:execute-api:eu-west-1:111111111111:abc123/prod/$connect', queryStringParameters: token && { token } },
  env: { [ENV.jwtIssuer]: 'https://127.0.0.1:1', [ENV.jwksUri]: 'https://127.0.0.1:1/keys', [ENV.jwtAudience]: 'chat', [ENV.tokenParameter]: 'token' },
}));

export const SITUATIONS = [...DIRECT, ...CONNECTIONS, ...QUEUED, ...AUTHORIZER];

/** A handshake with secrets in everything that a client chooses. */
function connecting(): unknown {
  return {
    ...connectEvent({
      connectionId: ID,
      connectedAt: Date.now(),
      headers: {
        'Cookie': `session=${SECRETS.cookie}`,
        'Authorization': `Bearer ${SECRETS.token}`,
        'X-Custom': `${SECRETS.header}${FORGED}`,
        'Origin': `https://${SECRETS.origin}.example.com`,
        'Sec-WebSocket-Protocol': `chat, ${SECRETS.token}`,
        'User-Agent': SECRETS.header,
      },
    }) as object,
    queryStringParameters: { key: SECRETS.query, token: SECRETS.token },
    multiValueQueryStringParameters: { key: [SECRETS.query], token: [SECRETS.token] },
  };
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
