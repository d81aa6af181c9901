import { randomBytes } from 'node:crypto';
import { startConnectionsEndpoint, type ConnectionsEndpoint } from './support/connections-endpoint';
import { invoke } from './support/invoke';
import { ANY_CREDENTIALS, createConnectionsTable, putRows, startDatabase, type Database, type Row } from '../../harness/database';
import { shippedBundle } from '../../harness/shipped-bundle';
import { DEFAULT, ENV, TUNING } from '../../src/private/contract';

/** A page ends at this size, with any limit. */
const PAGE_BYTES = 1024 * 1024;

let database: Database;
let connections: ConnectionsEndpoint;

beforeAll(async () => {
  [database, connections] = await Promise.all([startDatabase(), startConnectionsEndpoint()]);
}, 10_000);

afterAll(() => Promise.all([database?.stop(), connections?.stop()]));

function openConnections(count: number): Row[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => ({
    // In the form of API Gateway's ids; the counter makes them unique.
    connectionId: `${randomBytes(9).toString('base64url').slice(0, 10)}${String(index).padStart(5, '0')}=`,
    connectedAt: now - 60_000 - index,
    ttl: Math.floor(now / 1000) + DEFAULT.connectionTtlSeconds,
  }));
}

function broadcast(tableName: string, text: string) {
  const requestContext = {
    connectionId: 'SenderOfAllThis=',
    messageId: 'MessageToYouAll=',
    requestTimeEpoch: Date.now(),
    eventType: 'MESSAGE',
    routeKey: '$default',
    stage: 'prod',
  };
  return invoke({
    handler: shippedBundle('message-handler'),
    env: {
      ...ANY_CREDENTIALS,
      AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
      [ENV.tableName]: tableName,
      [ENV.callbackUrl]: connections.url,
      [ENV.connectionTtlSeconds]: String(DEFAULT.connectionTtlSeconds),
      [ENV.messageFormat]: 'RAW',
      [ENV.deliveryRateLimit]: '1000000', // the pages are tested here, not the pace
    },
    event: { requestContext, body: text, isBase64Encoded: false },
    remainingMillis: 240_000,
  });
}

test.each([
  { rows: 40_000, padding: 0, scans: 40_000 / TUNING.deliveryPageRows + 1, pages: 'pages of as many rows as are asked for' },
  { rows: 3_000, padding: 900, scans: 3, pages: 'pages that are full before that, since the rows are large' },
])('$rows rows each get one message, exactly once, over $pages', async ({ rows: count, padding, scans }) => {
  if (padding) expect(count * padding).toBeGreaterThan((scans - 1) * PAGE_BYTES);
  const table = `connections-${count}`;
  const rows = openConnections(count);
  await createConnectionsTable(database.client, table);
  await putRows(database.client, table, rows, padding);
  database.calls.clear();
  connections.received.clear();

  const { result, error, output } = await broadcast(table, 'to all of you');

  expect({ error, output: error && output }).toEqual({ error: undefined, output: undefined });
  expect(result).toEqual({ statusCode: 200 });
  expect(database.calls.get('Scan')).toBe(scans);
  expect(connections.strays).toEqual([]);
  expect(connections.received.size).toBe(count);
  const wrong = rows.filter(({ connectionId }) => {
    const bodies = connections.received.get(connectionId) ?? [];
    return bodies.length !== 1 || bodies[0] !== 'to all of you';
  });
  expect(wrong).toEqual([]);
}, 300_000);
