import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { eventually } from '../../../harness/eventually';
import { TokenBucket } from '../../../local/gateway/rates';
import { nextMessage, TestGateway, type TestGatewayOptions } from '../fixtures/gateway';

let gateway: TestGateway;

async function start(options: TestGatewayOptions): Promise<void> {
  gateway = await TestGateway.start(options);
}

afterEach(async () => gateway.stop());

/** Admits this many requests, and no more. */
const only = (requests: number) => new TokenBucket(0, requests);

const FRAME = /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/;

test('a handshake over the rate of new connections fails with 429, and no route runs', async () => {
  await start({ rates: { newConnections: only(1) } });
  await gateway.connect();
  expect(await gateway.refusal()).toBe(429);
  expect(gateway.events).toHaveLength(1);
});

test('a handshake over the rate of requests fails with 429', async () => {
  await start({ rates: { requests: only(1) } });
  await gateway.connect();
  expect(await gateway.refusal()).toBe(429);
});

test('a message over the rate of requests gets an error frame, and the connection stays open', async () => {
  await start({ rates: { requests: only(2) } });
  const client = await gateway.connect();
  client.send('first');
  await gateway.event('$default');
  client.send('second');
  expect(await nextMessage(client)).toMatch(FRAME);
  expect(client.readyState).toBe(client.OPEN);
  expect(gateway.events).toHaveLength(2);
});

test.each([
  ['POST', (ConnectionId: string) => new PostToConnectionCommand({ ConnectionId, Data: 'x' })],
  ['GET', (ConnectionId: string) => new GetConnectionCommand({ ConnectionId })],
  ['DELETE', (ConnectionId: string) => new DeleteConnectionCommand({ ConnectionId })],
])('@connections shares the rate of requests, and the SDK sees a LimitExceededException: %s', async (_method, command) => {
  await start({ rates: { requests: only(2) } });
  await gateway.connect();
  const ConnectionId = await gateway.connectionId();
  const endpoint = `http://127.0.0.1:${gateway.gateway.port}/prod`;
  const sdk = new ApiGatewayManagementApiClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 });
  await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }));
  await expect(sdk.send(command(ConnectionId) as PostToConnectionCommand))
    .rejects.toMatchObject({ name: 'LimitExceededException', $metadata: { httpStatusCode: 429 } });
  sdk.destroy();
});

describe('a stage', () => {
  test('throttles each of its routes by its default settings', async () => {
    await start({ routes: { $connect: {}, a: {}, $default: {} }, stage: { throttle: { rate: 0, burst: 1 } } });
    const client = await gateway.connect();
    expect(await gateway.refusal()).toBe(429);
    client.send('{"action":"a"}');
    client.send('to the default route');
    await gateway.event('a');
    await gateway.event('$default');
    client.send('{"action":"a"}');
    expect(await nextMessage(client)).toMatch(FRAME);
    expect(gateway.lines.at(-1)).toMatch(/^message a throttled in \d+ ms$/);
  });

  test('throttles a route by its own settings, and no other', async () => {
    const stage = { throttle: { rate: 0, burst: 5 }, routeThrottles: { a: { rate: 0, burst: 0 } } };
    await start({ routes: { $connect: {}, a: {}, $default: {} }, stage });
    const client = await gateway.connect();
    client.send('{"action":"a"}');
    expect(await nextMessage(client)).toMatch(FRAME);
    client.send('to the default route');
    await gateway.event('$default');
  });

  test.each([{ rate: 1 }, { burst: 1000 }])('with only one of rate and burst is not throttled by the other: %j', async (throttle) => {
    await start({ stage: { throttle } });
    const client = await gateway.connect();
    for (let sent = 0; sent < 20; sent++) client.send('hello');
    await eventually(() => gateway.events.length === 21);
  });

  test('throttles a route by its own settings only, even if it is named like a member of every object', async () => {
    await start({ routes: { $connect: {}, constructor: {} }, stage: { throttle: { rate: 0, burst: 1 }, routeThrottles: {} } });
    const client = await gateway.connect();
    client.send('{"action":"constructor"}');
    await gateway.event('constructor');
    client.send('{"action":"constructor"}');
    expect(await nextMessage(client)).toMatch(FRAME);
  });

  test('throttles no other stage', async () => {
    await start({ stage: { throttle: { rate: 0, burst: 0 } } });
    expect(await gateway.refusal()).toBe(429);
    const client = await gateway.connect('', { stage: 'variables' });
    expect(client.readyState).toBe(client.OPEN);
  });
});
