import { randomBytes } from 'node:crypto';
import { shippedHandler } from './support/bundles';
import { startConnectionsEndpoint, type ConnectionsEndpoint } from './support/connections-endpoint';
import { ANY_CREDENTIALS, createConnectionsTable, putRows, startDatabase, type Database, type Row } from './support/database';
import { invoke } from './support/invoke';
import { ENV, LIMIT } from '../../src/private/contract';

const TABLE = 'connections';
const ROWS = 40_000;
const PAGES = 3;
const PAGE_BYTES = 1024 * 1024;

/** What DynamoDB counts: the names and the text by their UTF-8 length, a number one byte per two digits, and one. */
const numberBytes = (digits: number) => Math.ceil(digits / 2) + 1;
const ROW_BYTES = 'connectionId'.length + 16 + 'connectedAt'.length + numberBytes(13) + 'ttl'.length + numberBytes(10);

let database: Database;
let connections: ConnectionsEndpoint;

beforeAll(async () => {
  [database, connections] = await Promise.all([startDatabase(), startConnectionsEndpoint()]);
}, 10_000);

afterAll(() => Promise.all([database?.stop(), connections?.stop()]));

function openConnections(count: number): Row[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => ({
    // As API Gateway's ids look; the counter keeps them apart.
    connectionId: `${randomBytes(9).toString('base64url').slice(0, 10)}${String(index).padStart(5, '0')}=`,
    connectedAt: now - 60_000 - index,
    ttl: Math.floor(now / 1000) + LIMIT.defaultConnectionTtlSeconds,
  }));
}

function broadcast(text: string) {
  const requestContext = {
    connectionId: 'SenderOfAllThis=',
    messageId: 'MessageToYouAll=',
    requestTimeEpoch: Date.now(),
    eventType: 'MESSAGE',
    routeKey: '$default',
    stage: 'prod',
  };
  return invoke({
    handler: shippedHandler('message-handler'),
    env: {
      ...ANY_CREDENTIALS,
      AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
      [ENV.tableName]: TABLE,
      [ENV.callbackUrl]: connections.url,
      [ENV.connectionTtlSeconds]: String(LIMIT.defaultConnectionTtlSeconds),
      [ENV.messageFormat]: 'RAW',
      [ENV.deliveryRateLimit]: '1000000', // the pages are tested here, not the pace
    },
    event: { requestContext, body: text, isBase64Encoded: false },
    remainingMillis: 240_000,
  });
}

test('40,000 rows on three pages of the table each get one message, exactly once', async () => {
  expect(ROW_BYTES * ROWS).toBeGreaterThan((PAGES - 1) * PAGE_BYTES);
  const rows = openConnections(ROWS);
  await createConnectionsTable(database.client, TABLE);
  await putRows(database.client, TABLE, rows);

  const { result, error, output } = await broadcast('to all of you');

  expect({ error, output: error && output }).toEqual({ error: undefined, output: undefined });
  expect(result).toEqual({ statusCode: 200 });
  expect(database.calls.get('Scan')).toBe(PAGES);
  expect(connections.strays).toEqual([]);
  expect(connections.received.size).toBe(ROWS);
  const wrong = rows.filter(({ connectionId }) => {
    const bodies = connections.received.get(connectionId) ?? [];
    return bodies.length !== 1 || bodies[0] !== 'to all of you';
  });
  expect(wrong).toEqual([]);
}, 300_000);
