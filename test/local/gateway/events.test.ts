import type { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { TestGateway } from '../fixtures/gateway';

const ID = expect.stringMatching(/^[A-Za-z0-9_-]{15}=$/) as string;
/** Host of the API on AWS, independent of the local name. */
const HOST = 'abcdefghij.execute-api.eu-west-1.amazonaws.com';

const EPOCH_MILLIS = expect.any(Number) as number;

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await TestGateway.start();
});

afterEach(async () => gateway.stop());

/** Returns the members that every event has. */
function contextOf(routeKey: string, eventType: string, connectionId: string): object {
  return {
    routeKey,
    eventType,
    requestId: ID,
    extendedRequestId: ID,
    requestTime: expect.stringMatching(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/),
    requestTimeEpoch: EPOCH_MILLIS,
    connectedAt: EPOCH_MILLIS,
    messageDirection: 'IN',
    stage: 'prod',
    apiId: 'abcdefghij',
    domainName: HOST,
    connectionId,
    identity: { sourceIp: '127.0.0.1', userAgent: 'tester' },
  };
}

function connect(query = ''): Promise<WebSocket> {
  return gateway.connect(query, { headers: { 'User-Agent': 'tester', 'X-Twice': ['a', 'b'] as unknown as string } });
}

test('$connect has the headers of the client in its casing, those of API Gateway, and nothing else', async () => {
  await connect();
  const { headers, multiValueHeaders, ...event } = await gateway.event('$connect');
  expect(event).toEqual({ requestContext: contextOf('$connect', 'CONNECT', ID), isBase64Encoded: false });
  expect(headers).toEqual({
    'Host': HOST,
    'User-Agent': 'tester',
    'Sec-WebSocket-Key': expect.any(String),
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Extensions': expect.any(String),
    'X-Twice': 'b',
    'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
  });
  expect(multiValueHeaders).toMatchObject({ 'X-Twice': ['a', 'b'], 'X-Forwarded-Port': ['443'] });
  expect(Object.keys(multiValueHeaders as object)).toEqual(Object.keys(headers as object));
});

test('$connect has the query only when there is one', async () => {
  await connect('?token=a%20b&tag=1&tag=2');
  expect(await gateway.event('$connect')).toMatchObject({
    queryStringParameters: { token: 'a b', tag: '2' },
    multiValueQueryStringParameters: { token: ['a b'], tag: ['1', '2'] },
  });
});

test('a message has its body and an id, and no headers', async () => {
  const client = await connect();
  client.send('hello');
  expect(await gateway.event('$default')).toEqual({
    requestContext: { ...contextOf('$default', 'MESSAGE', await gateway.connectionId()), messageId: ID },
    body: 'hello',
    isBase64Encoded: false,
  });
});

test('$disconnect has four fixed headers and says how the connection ended', async () => {
  const client = await connect('?token=a');
  client.close(4000, 'done');
  expect(await gateway.event('$disconnect')).toEqual({
    headers: { 'Host': HOST, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
    multiValueHeaders: { 'Host': [HOST], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] },
    requestContext: {
      ...contextOf('$disconnect', 'DISCONNECT', await gateway.connectionId()), disconnectStatusCode: 4000, disconnectReason: 'done',
    },
    isBase64Encoded: false,
  });
});

test('all events of a connection agree on when it was connected, and have request ids of their own', async () => {
  const client = await connect();
  client.send('hello');
  await gateway.event('$default');
  client.close();
  await gateway.event('$disconnect');
  const contexts = gateway.events.map(({ requestContext }) => requestContext);
  expect(new Set(contexts.map(({ connectedAt }) => connectedAt)).size).toBe(1);
  expect(new Set(contexts.map(({ requestId }) => requestId)).size).toBe(3);
  for (const { requestId, extendedRequestId } of contexts) expect(extendedRequestId).toBe(requestId);
});

test('stage variables are in the events of stages that have some', async () => {
  await gateway.connect('', { stage: 'variables' });
  expect(await gateway.event('$connect')).toMatchObject({ stageVariables: { colour: 'red' }, requestContext: { stage: 'variables' } });
});

test('messages, queries and headers are not logged', async () => {
  const client = await connect('?token=secret-token');
  client.send('secret-message');
  await gateway.event('$default');
  client.close(4000);
  await eventually(() => gateway.lines.find((line) => line.startsWith('disconnect')));
  expect(gateway.lines.join('\n')).not.toMatch(/secret|tester/);
});
