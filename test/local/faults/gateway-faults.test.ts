import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { WebSocket } from 'ws';
import { eventually } from '../../../harness/eventually';
import { Faults } from '../../../local/faults/faults';
import { nextMessage, STAGE, TestGateway } from '../fixtures/gateway';

let gateway: TestGateway;
let client: WebSocket;
let api: ApiGatewayManagementApiClient;

async function start(...faults: string[]): Promise<void> {
  gateway = await TestGateway.start({ faults: new Faults(faults, 1) });
  client = await gateway.connect();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  api = new ApiGatewayManagementApiClient({ endpoint: `http://127.0.0.1:${gateway.gateway.port}/${STAGE}`, region: 'eu-west-1', credentials, maxAttempts: 1 });
}

afterEach(async () => {
  api.destroy();
  await gateway.stop();
});

async function post(): Promise<unknown> {
  return api.send(new PostToConnectionCommand({ ConnectionId: await gateway.connectionId(), Data: 'hello' }));
}

test.each([
  ['410', 'GoneException'],
  ['429', 'LimitExceededException'],
  ['403', 'ForbiddenException'],
  ['413', 'PayloadTooLargeException'],
])('an injected %s is what the SDK takes for a %s, and nothing is delivered', async (status, name) => {
  await start(`${status}=1`);
  let received = 0;
  client.on('message', () => { received++; });
  await expect(post()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: Number(status) } });
  expect(gateway.lines).toContain(`post ${status} ${name} injected`);
  client.ping();
  await new Promise((resolve) => client.once('pong', resolve));
  expect(received).toBe(0);
});

test('an injected 503 is a server error', async () => {
  await start('503=#1');
  await expect(post()).rejects.toMatchObject({ $fault: 'server', $metadata: { httpStatusCode: 503 } });
});

test('a fault does not hit other connections', async () => {
  await start('410=#2');
  const received = nextMessage(client);
  await post();
  expect(await received).toBe('hello');
});

test('latency makes a call take longer', async () => {
  await start('latency=150ms');
  const started = performance.now();
  await post();
  expect(performance.now() - started).toBeGreaterThanOrEqual(145);
});

test('a lost $disconnect never reaches the app', async () => {
  await start('lost-disconnect=#1');
  const other = await gateway.connect();
  client.close();
  await eventually(() => gateway.lines.some((line) => line.endsWith('($disconnect lost)')));
  other.close();
  const { requestContext } = await gateway.event('$disconnect');
  expect(requestContext.connectionId).not.toBe(await gateway.connectionId());
});
